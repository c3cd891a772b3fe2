//! Writes the seeds that the fuzzer starts from, and that the tests of mynah-audio run. Seeds that a fuzzer
//! found (`found-…`) are left as they are.
//!
//! `cargo run --manifest-path tests/fuzz/Cargo.toml --example seeds`

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use mynah::{Pipeline, PipelineConfig, Provenance, TrainConfig, TrainingSet};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recordings = root.join("../../crates/audio/tests/data");
    let read = |name: &str| fs::read(recordings.join(name));
    let mut audio = wav_files();
    audio.extend(damaged_files(
        &read("tone.flac")?,
        &read("tone.mp3")?,
        &read("tone.ogg")?,
    ));
    for (target, seeds) in [
        ("audio", audio),
        ("manifest", manifests()),
        ("model", vec![("two-words".into(), model()?)]),
    ] {
        let folder = root.join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}

type Seeds = Vec<(String, Vec<u8>)>;

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = [&id[..], &(body.len() as u32).to_le_bytes(), body].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn riff(start: &[u8; 4], chunks: &[&[u8]]) -> Vec<u8> {
    let body = chunks.concat();
    let n_bytes = (body.len() as u32 + 4).to_le_bytes();
    [&start[..], &n_bytes, b"WAVE", &body].concat()
}

fn format(tag: u16, n_channels: u16, n_bytes: u16) -> Vec<u8> {
    let block = n_channels * n_bytes;
    let rate = 16_000u32;
    let mut body = [tag.to_le_bytes(), n_channels.to_le_bytes()].concat();
    body.extend([rate.to_le_bytes(), (rate * u32::from(block)).to_le_bytes()].concat());
    body.extend([block.to_le_bytes(), (8 * n_bytes).to_le_bytes()].concat());
    body
}

/// Every encoding, the odd headers, and what a header can get wrong.
fn wav_files() -> Seeds {
    let mut seeds = Seeds::new();
    for (name, tag, n_bytes) in [
        ("u8", 1, 1),
        ("s16", 1, 2),
        ("s24", 1, 3),
        ("s32", 1, 4),
        ("f32", 3, 4),
        ("f64", 3, 8),
    ] {
        for n_channels in 1..=3 {
            let value = |i: u16| (f64::from(i) / 7.0).sin() / 2.0;
            let samples = (0..24 * n_channels).flat_map(|i| match (tag, n_bytes) {
                (3, 4) => (value(i) as f32).to_le_bytes().to_vec(),
                (3, _) => value(i).to_le_bytes().to_vec(),
                _ => ((value(i) * 2e9) as i32).to_le_bytes()[4 - usize::from(n_bytes)..].to_vec(),
            });
            let data = chunk(b"data", &samples.collect::<Vec<u8>>());
            let fmt = chunk(b"fmt ", &format(tag, n_channels, n_bytes));
            seeds.push((
                format!("{name}-{n_channels}.wav"),
                riff(b"RIFF", &[&fmt, &data]),
            ));
        }
    }
    let fmt = chunk(b"fmt ", &format(1, 2, 2));
    let data = chunk(b"data", &[1, 2, 3, 4, 5, 6, 7, 8]);
    let sizes = |n_bytes: u64| {
        chunk(
            b"ds64",
            &[&[0; 8], &n_bytes.to_le_bytes()[..], &[0; 12]].concat(),
        )
    };
    let unknown = [b"data\xff\xff\xff\xff", &data[8..]].concat();
    let extensible = [
        b"\xfe\xff",
        &format(1, 2, 2)[2..],
        &[
            22, 0, 16, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b,
            0x71,
        ],
    ]
    .concat();
    let extensible = chunk(b"fmt ", &extensible);
    let nan = chunk(b"data", &[0, 0, 0, 0, 0, 0, 0xc0, 0x7f]);
    let float = chunk(b"fmt ", &format(3, 1, 4));
    for (name, start, chunks) in [
        ("extensible", b"RIFF", vec![&extensible, &data]),
        (
            "odd-chunks",
            b"RIFF",
            vec![&chunk(b"LIST", b"abc"), &fmt, &chunk(b"id3 ", b"x"), &data],
        ),
        ("rf64", b"RF64", vec![&sizes(8), &fmt, &unknown]),
        ("bw64", b"BW64", vec![&sizes(8), &fmt, &unknown]),
        ("rf64-cut", b"RF64", vec![&sizes(1 << 40), &fmt, &unknown]),
        ("rf64-no-sizes", b"RF64", vec![&fmt, &unknown]),
        ("never-finished", b"RIFF", vec![&fmt, &unknown]),
        ("no-samples", b"RIFF", vec![&fmt, &chunk(b"data", b"")]),
        (
            "half-a-block",
            b"RIFF",
            vec![&fmt, &chunk(b"data", b"abcdef")],
        ),
        ("cut", b"RIFF", vec![&fmt, &b"data\xff\0\0\0".to_vec()]),
        ("no-format", b"RIFF", vec![&data, &fmt]),
        ("nan", b"RIFF", vec![&float, &nan]),
        (
            "mulaw",
            b"RIFF",
            vec![&chunk(b"fmt ", &format(7, 1, 1)), &data],
        ),
    ] {
        let chunks: Vec<&[u8]> = chunks.iter().map(|chunk| &chunk[..]).collect();
        seeds.push((format!("{name}.wav"), riff(start, &chunks)));
    }
    seeds
}

fn damaged_files(flac: &[u8], mp3: &[u8], ogg: &[u8]) -> Seeds {
    let setup = ogg
        .windows(7)
        .position(|w| w == b"\x05vorbis")
        .expect("a set-up header");
    let mut impossible = ogg.to_vec();
    impossible[setup + 11] = 33;
    let mut unchecked = flac.to_vec();
    let middle = flac.len() / 2;
    unchecked[middle] ^= 0x10;
    // An application block of three bytes, before the last metadata block.
    let with_block = [&flac[..42], &[2, 0, 0, 7], b"testabc", &flac[42..]].concat();
    let with_tag = [b"ID3\x04\0\0\0\0\0\x0bTIT2\0\0\0\x01\0\0\0", mp3].concat();
    let seeds: [(&str, &[u8]); 12] = [
        ("tone.flac", flac),
        ("tone.mp3", mp3),
        ("tone.ogg", ogg),
        ("cut.flac", &flac[..flac.len() / 2]),
        ("cut.mp3", &mp3[..mp3.len() / 2]),
        ("cut.ogg", &ogg[..ogg.len() - 30]),
        ("turned-bit.flac", &unchecked),
        ("application-block.flac", &with_block),
        ("tagged.mp3", &with_tag),
        ("untagged.mp3", &mp3[288..]),
        ("impossible-setup.ogg", &impossible),
        ("text-in-utf16", b"\xff\xfew\0o\0r\0d\0"),
    ];
    seeds
        .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
        .into()
}

fn manifests() -> Seeds {
    [
        (
            "csv",
            "0path,label,speaker,split,start,end\na.wav,yes,ada,train,0,1.5\nb.wav,no,bob,tset,,\n",
        ),
        (
            "csv-quoted",
            "0label,file\n\"go, \"\"now\"\"\",\"a\nb.wav\"\n",
        ),
        (
            "csv-short-rows",
            "0path,label\r\na.wav\r\nb.wav,no,more\r\n,x\r\n",
        ),
        ("csv-bom", "0\u{feff}path,word\na.wav,ja\n"),
        (
            "tsv",
            "1client_id\tpath\tsentence\tlabel\nada\ta.mp3\tyes\tyes\n",
        ),
        (
            "jsonl",
            "2{\"path\":\"a.wav\",\"label\":\"yes\",\"start\":0.5,\"end\":1}\n\n{\"path\":1}\n[]\n",
        ),
        (
            "jsonl-odd",
            "2{\"audio_filepath\":\"a.wav\",\"text\":\"\\ud83d\\ude00\",\"end\":1e400}\n{\n",
        ),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into()
}

/// Two "words", a rising and a falling tone.
fn model() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let config = TrainConfig::default();
    let mut pipeline = Pipeline::new(&PipelineConfig::default())?;
    let mut set = TrainingSet::new(pipeline.dim(), vec!["up".into(), "down".into()]);
    for voice in [900.0, 1_000.0, 1_100.0, 1_200.0] {
        for (label, sign) in [("up", 1.0), ("down", -1.0)] {
            let word: Vec<f32> = (0..8_000u16)
                .map(|i| f32::from(i) / 8_000.0)
                .map(|t| 0.3 * (voice * (2.0 + sign * (t - 0.5)) * t).sin())
                .collect();
            set.hear(&mut pipeline, &word, label, "seed")?;
        }
    }
    let model = mynah::train(&config, set, Provenance::new(), &mut |_| {
        ControlFlow::Continue(())
    })?;
    Ok(model.to_bytes())
}
