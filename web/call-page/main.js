// Entry of the call page. It only loads the rest, so that a missing or refused file of the page
// itself is told in words that index.html already carries.

import("./controller.js")
  .then(({ startCallPage }) => startCallPage())
  .catch((error) => {
    const notice = document.getElementById("not-loaded");
    notice.classList.add("shown");
    document.getElementById("not-loaded-detail").textContent = String(error?.message ?? error);
    throw error;
  });
