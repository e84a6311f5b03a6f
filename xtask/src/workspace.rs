//! Where things are, and what cargo knows about them.

use std::{
    env, fs,
    path::{Display, Path, PathBuf},
};

use anyhow::Context as _;
use cargo_metadata::{Metadata, MetadataCommand};

/// The checked-out repository.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the repository that this program was started in, or built in.
    pub(crate) fn locate() -> anyhow::Result<Self> {
        // Cargo sets the variable when it runs the program, which follows a moved folder.
        let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir
            .parent()
            .context("xtask has to lie one folder below the root of the repository")?
            .to_path_buf();
        Ok(Self { root })
    }

    /// The repository's top folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the repository.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path inside the build folder, which is never committed.
    pub(crate) fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join("target").join(relative)
    }

    /// The folder where cargo builds for this machine: a user may have set another than `target`.
    pub(crate) fn cargo_target_dir(&self) -> anyhow::Result<PathBuf> {
        let metadata = self.read_metadata(MetadataCommand::new().no_deps())?;
        Ok(metadata.target_directory.into_std_path_buf())
    }

    /// A path as people write it: relative to the repository where it lies inside.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// Every package of the dependency graph, of our own and of others, for all platforms.
    pub(crate) fn metadata(&self) -> anyhow::Result<Metadata> {
        self.read_metadata(&mut MetadataCommand::new())
    }

    /// The dependency graph as far as it is built for one platform.
    pub(crate) fn metadata_for(&self, platform: &str) -> anyhow::Result<Metadata> {
        let filter = ["--filter-platform".to_owned(), platform.to_owned()];
        self.read_metadata(MetadataCommand::new().other_options(filter))
    }

    fn read_metadata(&self, command: &mut MetadataCommand) -> anyhow::Result<Metadata> {
        command
            .manifest_path(self.path("Cargo.toml"))
            .exec()
            .context("cargo metadata failed: does `cargo metadata` run in the repository?")
    }
}

/// Writes a file and makes its folder first where there is none.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
