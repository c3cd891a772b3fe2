//! Hard recordings made of thin air, and every format written as a run writes it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[allow(unused_imports, reason = "as the command sees it")]
#[path = "../../src/formats/mod.rs"]
pub mod formats;

use formats::{About, Block, Dtype, Entry, Format, InMemory, Layout, Name, Options, Record, Rows};

/// A recording and its numbers; those of an f32 recording are f32 numbers.
pub struct Made {
    pub about: About,
    pub numbers: Vec<f64>,
}

impl Made {
    pub fn f32s(&self) -> Vec<f32> {
        self.numbers.iter().map(|&number| number as f32).collect()
    }

    /// Encodes it, its rows given in blocks of `n_rows`.
    pub fn encode_in_blocks(&self, format: &dyn Format, n_rows: usize) -> anyhow::Result<Vec<u8>> {
        struct Blocks<'a>(&'a Made, usize);
        impl Rows for Blocks<'_> {
            fn for_each(
                &mut self,
                f: &mut dyn FnMut(Block<'_>) -> anyhow::Result<()>,
            ) -> anyhow::Result<()> {
                let size = self.1 * self.0.about.n_coeffs;
                self.0
                    .numbers
                    .chunks(size)
                    .try_for_each(|numbers| match self.0.about.dtype {
                        Dtype::F32 => f(Block::F32(
                            &numbers.iter().map(|&n| n as f32).collect::<Vec<_>>(),
                        )),
                        Dtype::F64 => f(Block::F64(numbers)),
                    })
            }
        }
        let mut bytes = Vec::new();
        let mut record = Record {
            about: &self.about,
            rows: &mut Blocks(self, n_rows),
        };
        format.encode(&mut record, &mut bytes)?;
        Ok(bytes)
    }

    pub fn encode(&self, format: &dyn Format) -> Vec<u8> {
        let numbers = self.f32s();
        let block = match self.about.dtype {
            Dtype::F32 => Block::F32(&numbers),
            Dtype::F64 => Block::F64(&self.numbers),
        };
        let mut bytes = Vec::new();
        let mut record = Record {
            about: &self.about,
            rows: &mut InMemory(block),
        };
        format.encode(&mut record, &mut bytes).unwrap();
        bytes
    }
}

/// One frame, a hundred thousand, names and labels of every kind, numbers at the edges of their type.
pub fn recordings(dtype: Dtype) -> Vec<Made> {
    let about = |name: &str, label: Option<&str>, speaker: Option<&str>, n_frames| About {
        utterance: name.replace(char::is_whitespace, "_"),
        name: name.into(),
        path: format!("corpus/{name}.wav").into(),
        label: label.map(String::from),
        speaker: speaker.map(String::from),
        start: None,
        end: None,
        sample_rate: 16_000,
        seconds: n_frames as f64 / 100.0 + 0.015,
        hop_seconds: 0.01,
        n_frames,
        n_coeffs: 3,
        dtype,
    };
    let mut abouts = vec![
        about("plain", Some("yes"), Some("ada"), 7),
        about("one frame", Some("say \"hi\", twice"), Some("Bob B."), 1),
        about("дом/🎉 ünï", Some("two\nlines\tand نعم"), None, 2),
        about("long", None, None, 100_000),
        about("'apostrophe',comma", Some("a,b"), Some("ünï"), 3),
    ];
    (abouts[4].start, abouts[4].end) = (Some(0.1), Some(1.0 / 3.0));
    let mut state = 1_u64;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
        let number = 200.0 * unit - 100.0;
        match dtype {
            Dtype::F32 => f64::from(number as f32),
            Dtype::F64 => number,
        }
    };
    let edges = match dtype {
        Dtype::F32 => [
            f32::MAX,
            f32::MIN_POSITIVE / 4.0,
            -0.0,
            1e-7,
            16_777_217.0,
            1.0 / 3.0,
        ]
        .map(f64::from),
        Dtype::F64 => [
            f64::MAX,
            f64::MIN_POSITIVE / 4.0,
            -0.0,
            1e-7,
            9_007_199_254_740_993.0,
            1.0 / 3.0,
        ],
    };
    let made = abouts.into_iter().map(|about| {
        let mut numbers: Vec<f64> = (0..about.n_frames * about.n_coeffs)
            .map(|_| number())
            .collect();
        numbers
            .iter_mut()
            .zip(edges)
            .for_each(|(number, edge)| *number = edge);
        Made { about, numbers }
    });
    made.collect()
}

/// The formats that are built in and hold the type.
pub fn all(dtype: Dtype) -> Vec<(Name, Box<dyn Format>)> {
    let mut names = vec![
        Name::Npy,
        Name::Npz,
        Name::Csv,
        Name::Jsonl,
        Name::Kaldi,
        Name::KaldiText,
        Name::Safetensors,
    ];
    if dtype == Dtype::F32 {
        names.push(Name::Htk);
    }
    if cfg!(feature = "parquet") {
        names.push(Name::Parquet);
    }
    names
        .into_iter()
        .map(|name| (name, format(name, dtype)))
        .collect()
}

pub fn format(name: Name, dtype: Dtype) -> Box<dyn Format> {
    let options = Options {
        columns: ["c0", "c1", "c2"].map(String::from).to_vec(),
        dtype,
        preset: "kaldi".into(),
        parm_kind: None,
    };
    formats::new(name, &options).unwrap()
}

/// Writes them to one file with its companions, or to a folder with its index. Returns where.
pub fn write(
    format: &dyn Format,
    made: &[Made],
    folder: &Path,
    stem: &str,
) -> (PathBuf, Vec<Entry>) {
    let mut payload = format.preamble();
    let mut entries = Vec::new();
    for made in made {
        let bytes = made.encode(format);
        entries.push(Entry {
            about: made.about.clone(),
            offset: payload.len() as u64,
            len: bytes.len() as u64,
        });
        payload.extend(bytes);
    }
    let target = folder.join(format!("{stem}.{}", format.ending()));
    let mut companions = format.companions(&target);
    let target = match format.layout() {
        Layout::Single => {
            let target = folder.join(format.ending());
            for made in made {
                let file = target.join(made.about.file(format.ending()));
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, made.encode(format)).unwrap();
            }
            fs::create_dir_all(&target).unwrap();
            companions.push(formats::of_folder(&target, format.ending()));
            target
        }
        Layout::Stream => {
            fs::write(&target, payload).unwrap();
            target
        }
        Layout::Container(container) => {
            let kept = folder.join("payload");
            fs::write(&kept, payload).unwrap();
            let mut out = File::create(&target).unwrap();
            container
                .finish(&mut File::open(&kept).unwrap(), &entries, &mut out)
                .unwrap();
            fs::remove_file(kept).unwrap();
            target
        }
    };
    for companion in companions {
        if let Some(contents) = companion.contents(&entries).unwrap() {
            fs::write(companion.path, contents).unwrap();
        }
    }
    (target, entries)
}
