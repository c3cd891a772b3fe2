//! What training keeps of sounds: in memory as far as that may go, the rest in a temporary file.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Cut, Error};

/// Room for what training keeps of sounds. As much as it may lies in memory, what comes later in a temporary file without a
/// name, the same to the bit and gone when the last [`Sound`] in it is. Clones share the room.
#[derive(Clone, Debug)]
pub struct Scratch(Arc<Room>);

#[derive(Debug)]
struct Room {
    /// Bytes that may lie in memory.
    memory: u64,
    folder: PathBuf,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    in_memory: u64,
    in_file: u64,
    /// Made when it is needed.
    file: Option<Arc<Spool>>,
}

#[derive(Debug)]
struct Spool {
    file: File,
    folder: PathBuf,
}

/// Log mel energies of a clip, `[n_frames × n_mels]`, where a [`Scratch`] put them. Clones share them.
#[derive(Clone, Debug)]
pub struct Sound {
    place: Place,
    n_mels: u32,
    cut: Cut,
}

#[derive(Clone, Debug)]
enum Place {
    Memory(Arc<[f32]>),
    File {
        spool: Arc<Spool>,
        /// Byte at which it begins.
        start: u64,
        /// Number of values.
        n: usize,
    },
}

impl Scratch {
    /// Bytes that lie in memory by default: 512 MB, eight to nine hours of 40 mel bands in steps of 10 ms.
    pub const MEMORY: u64 = 512_000_000;

    /// Keeps `memory` bytes in memory and the rest in a file in `folder`, which should not lie in memory itself, as `/tmp`
    /// does on some systems. Nothing is made there before it is needed.
    pub fn new(memory: u64, folder: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Room {
            memory,
            folder: folder.into(),
            used: Mutex::default(),
        }))
    }

    /// Keeps the log mel energies of a clip, `[n_frames × n_mels]`, as
    /// [`Pipeline::log_mels_into`](crate::Pipeline::log_mels_into) makes them.
    ///
    /// # Errors
    /// [`Error::Scratch`] if the file cannot be made or written, as on a full disk.
    ///
    /// # Panics
    /// Without a frame, or when the last is not whole.
    pub fn keep(&self, log_mels: &[f32], n_mels: usize) -> Result<Sound, Error> {
        let is_whole = n_mels > 0 && log_mels.len().is_multiple_of(n_mels);
        assert!(is_whole && !log_mels.is_empty(), "a sound is whole frames");
        let place = self.place(log_mels)?;
        Ok(Sound {
            place,
            n_mels: n_mels as u32,
            cut: Cut::EndPoints,
        })
    }

    fn place(&self, log_mels: &[f32]) -> Result<Place, Error> {
        let room = &*self.0;
        let bytes: &[u8] = bytemuck::cast_slice(log_mels);
        let n_bytes = bytes.len() as u64;
        let mut used = room.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.in_memory + n_bytes <= room.memory {
            used.in_memory += n_bytes;
            return Ok(Place::Memory(log_mels.into()));
        }
        let start = used.in_file;
        let fault = |fault| Error::Scratch {
            folder: room.folder.clone(),
            n_bytes: start + n_bytes,
            fault,
        };
        let spool = match &used.file {
            Some(spool) => spool.clone(),
            None => used.file.insert(room.spool().map_err(fault)?).clone(),
        };
        write_at(&spool.file, bytes, start).map_err(fault)?;
        used.in_file += n_bytes;
        Ok(Place::File {
            spool,
            start,
            n: log_mels.len(),
        })
    }
}

impl Default for Scratch {
    /// [`MEMORY`](Self::MEMORY), and the system's folder for temporary files.
    fn default() -> Self {
        Self::new(Self::MEMORY, std::env::temp_dir())
    }
}

impl Room {
    fn spool(&self) -> io::Result<Arc<Spool>> {
        Ok(Arc::new(Spool {
            file: tempfile::tempfile_in(&self.folder)?,
            folder: self.folder.clone(),
        }))
    }
}

impl Sound {
    /// The same sound, of which something else is learnt.
    pub fn with_cut(mut self, cut: Cut) -> Self {
        self.cut = cut;
        self
    }

    /// What of it is learnt.
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// Values of a frame.
    pub(crate) fn n_mels(&self) -> usize {
        self.n_mels as usize
    }

    /// The log mel energies, `[n_frames × n_mels]`.
    ///
    /// # Errors
    /// [`Error::ScratchLost`] if they cannot be read back.
    pub fn log_mels(&self) -> Result<Cow<'_, [f32]>, Error> {
        match &self.place {
            Place::Memory(values) => Ok(Cow::Borrowed(values)),
            Place::File { spool, start, n } => {
                let mut values = vec![0.0f32; *n];
                let read = read_at(&spool.file, bytemuck::cast_slice_mut(&mut values), *start);
                read.map_err(|fault| Error::ScratchLost {
                    folder: spool.folder.clone(),
                    fault,
                })?;
                Ok(Cow::Owned(values))
            }
        }
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, at)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            n => (bytes, at) = (&bytes[n..], at + n as u64),
        }
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => (bytes, at) = (&mut bytes[n..], at + n as u64),
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn write_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(any(unix, windows)))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_comes_back_to_the_bit_wherever_it_lies(
            clips in prop::collection::vec(prop::collection::vec(any::<u32>(), 1..50), 1..20),
            memory in 0u64..2_000,
        ) {
            let scratch = Scratch::new(memory, std::env::temp_dir());
            let clips: Vec<Vec<f32>> = clips
                .iter()
                .map(|clip| clip.iter().map(|&bits| f32::from_bits(bits)).collect())
                .collect();
            let kept: Vec<Sound> = clips.iter().map(|clip| scratch.keep(clip, 1).unwrap()).collect();
            drop(scratch.clone());
            let mut in_memory = 0;
            for (clip, sound) in clips.iter().zip(&kept) {
                let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&sound.log_mels().unwrap()), bits(clip));
                if let Place::Memory(values) = &sound.place {
                    in_memory += 4 * values.len() as u64;
                }
            }
            prop_assert!(in_memory <= memory);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_named_when_it_is_needed() {
        let nowhere = std::env::temp_dir().join("mynah/is/not/here");
        let scratch = Scratch::new(8, &nowhere);
        scratch.keep(&[1.0, 2.0], 2).unwrap();
        let error = scratch.keep(&[3.0], 1).unwrap_err();
        assert!(matches!(&error, Error::Scratch { folder, n_bytes: 4, .. } if *folder == nowhere));
        assert!(error.to_string().contains("is/not/here"));
    }

    #[test]
    fn a_file_cut_short_is_an_error() {
        let scratch = Scratch::new(0, std::env::temp_dir());
        let sound = scratch.keep(&[1.0; 100], 20).unwrap();
        let used = scratch.0.used.lock().unwrap();
        used.file.as_ref().unwrap().file.set_len(80).unwrap();
        assert!(matches!(sound.log_mels(), Err(Error::ScratchLost { .. })));
    }
}
