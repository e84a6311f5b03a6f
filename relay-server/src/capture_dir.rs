//! `--capture-dir`: keeps what callers said, for debugging.
//!
//! Each call gets a folder of its own, named by the time and the call's id. In it, `segments.csv`
//! holds one line per finished segment, and each confirmed segment has a WAV file (16 kHz, mono,
//! 16 bits) named by its order: the first confirmed line belongs to `0001.wav`.
//!
//! Audio is personal. So the relay keeps it only while it listens on this computer's own address,
//! where the only caller is the person who started it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use audio_dsp::SAMPLE_RATE_HZ;

use crate::rows::{SEGMENT_COLUMNS, SegmentRow, SegmentState};

/// A folder in which calls may be kept.
#[derive(Clone, Debug)]
pub(crate) struct CaptureDir {
    root: PathBuf,
}

/// Why nothing may or can be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureDirError {
    /// The relay can be reached from other computers.
    #[error(
        "keeping what callers say is a debugging aid for this computer alone, but the relay would \
         listen on {listen}; leave out --capture-dir, or listen on 127.0.0.1"
    )]
    NotLoopback {
        /// The address that the relay would listen on.
        listen: SocketAddr,
    },
    /// The folder cannot be made.
    #[error("cannot make the folder {}", path.display())]
    Folder {
        /// The folder that was asked for.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl CaptureDir {
    /// Makes the folder, if the relay listens where nobody else can call.
    pub(crate) fn open(root: &Path, listen: SocketAddr) -> Result<Self, CaptureDirError> {
        if !listen.ip().is_loopback() {
            return Err(CaptureDirError::NotLoopback { listen });
        }
        let folder_error = |source| CaptureDirError::Folder {
            path: root.to_owned(),
            source,
        };
        fs::create_dir_all(root).map_err(folder_error)?;
        let root = root.canonicalize().map_err(folder_error)?;
        Ok(Self { root })
    }

    /// Makes the folder of one call; `rung` goes into its lines.
    pub(crate) fn open_call(&self, name: &str, rung: &'static str) -> io::Result<CallFolder> {
        let path = self.root.join(name);
        create_private_dir(&path)?;
        let mut rows = File::create_new(path.join("segments.csv"))?;
        writeln!(rows, "{SEGMENT_COLUMNS},rung")?;
        Ok(CallFolder {
            path,
            rows,
            rung,
            n_confirmed: 0,
        })
    }
}

/// The folder of one call. Its methods wait for the disk.
#[derive(Debug)]
pub(crate) struct CallFolder {
    path: PathBuf,
    rows: File,
    rung: &'static str,
    n_confirmed: u32,
}

impl CallFolder {
    /// Keeps a finished segment: its audio first, so that each confirmed line has its file.
    pub(crate) fn keep(&mut self, row: &SegmentRow, samples: &[i16]) -> io::Result<()> {
        if row.state == SegmentState::Confirmed {
            self.n_confirmed += 1;
            let path = self.path.join(format!("{:04}.wav", self.n_confirmed));
            write_wav(&path, samples)?;
        }
        writeln!(self.rows, "{row},{}", self.rung)
    }

    /// Where this folder is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes a folder that only this user can open.
fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_wav(path: &Path, samples: &[i16]) -> io::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let write = || {
        let mut writer = hound::WavWriter::create(path, spec)?;
        for &sample in samples {
            writer.write_sample(sample)?;
        }
        writer.finalize()
    };
    write().map_err(|error| {
        if let hound::Error::IoError(error) = error {
            error
        } else {
            io::Error::other(error)
        }
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn refuses_to_keep_calls_from_other_computers() {
        let folder = tempfile::tempdir().unwrap();
        for listen in ["0.0.0.0:8480", "192.0.2.7:8480", "[::]:8480"] {
            let refused = CaptureDir::open(folder.path(), listen.parse().unwrap()).unwrap_err();
            assert!(refused.to_string().contains(listen), "{refused}");
        }
    }

    #[test]
    fn names_the_folder_that_cannot_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::write(&taken, "a file").unwrap();
        let refused = CaptureDir::open(&taken, "127.0.0.1:0".parse().unwrap()).unwrap_err();
        assert!(refused.to_string().contains("taken"), "{refused}");
    }

    #[test]
    fn numbers_confirmed_segments_only() {
        let folder = tempfile::tempdir().unwrap();
        let capture_dir = CaptureDir::open(folder.path(), "[::1]:0".parse().unwrap()).unwrap();
        let mut call = capture_dir.open_call("one", "worklet").unwrap();
        let confirmed = SegmentRow {
            onset: 8_192,
            offset: 8_704,
            audio_start: 0,
            audio_end: 16_384,
            state: SegmentState::Confirmed,
        };
        call.keep(&confirmed, &[1, -2]).unwrap();
        call.keep(&SegmentRow::retracted(32_256, 32_256), &[])
            .unwrap();
        call.keep(&confirmed, &[3]).unwrap();

        let path = folder.path().join("one");
        assert_eq!(
            fs::read_to_string(path.join("segments.csv")).unwrap(),
            "onset_s,offset_s,audio_start_s,audio_end_s,state,rung\n\
             0.512,0.544,0.000,1.024,confirmed,worklet\n\
             2.016,2.016,2.016,2.016,retracted,worklet\n\
             0.512,0.544,0.000,1.024,confirmed,worklet\n"
        );
        for (name, wanted) in [("0001.wav", vec![1, -2]), ("0002.wav", vec![3])] {
            let mut wav = hound::WavReader::open(path.join(name)).unwrap();
            let samples: Result<Vec<i16>, _> = wav.samples().collect();
            assert_eq!(samples.unwrap(), wanted);
        }
        assert_eq!(fs::read_dir(&path).unwrap().count(), 3);
    }
}
