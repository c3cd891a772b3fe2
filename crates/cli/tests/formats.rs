//! Formats, read back by crates that were not used to write them or by readers made from the specification; the faults.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "no test uses all of the command's formats")]

#[path = "common/written.rs"]
mod written;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use ndarray_npy::ReadNpyExt;
use safetensors::SafeTensors;
use tempfile::TempDir;
use written::Made;
use written::formats::{self, Dtype, Entry, Layout, Name, Options};

const BOTH: [Dtype; 2] = [Dtype::F32, Dtype::F64];

/// All hard recordings in one format.
fn written(name: Name, dtype: Dtype) -> (TempDir, PathBuf, Vec<Made>, Vec<Entry>) {
    let folder = tempfile::tempdir().unwrap();
    let made = written::recordings(dtype);
    let format = written::format(name, dtype);
    let (path, entries) = written::write(&*format, &made, folder.path(), "feats");
    (folder, path, made, entries)
}

/// Numbers as bits, so that -0 is not 0.
fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[track_caller]
fn is_same(made: &Made, shape: [usize; 2], numbers: &[f64]) {
    assert_eq!(
        shape,
        [made.about.n_frames, made.about.n_coeffs],
        "{}",
        made.about.utterance
    );
    assert!(
        bits(numbers) == bits(&made.numbers),
        "{}",
        made.about.utterance
    );
}

fn npy(bytes: &[u8], dtype: Dtype) -> ([usize; 2], Vec<f64>) {
    let array = match dtype {
        Dtype::F32 => Array2::<f32>::read_npy(bytes).unwrap().mapv(f64::from),
        Dtype::F64 => Array2::<f64>::read_npy(bytes).unwrap(),
    };
    assert!(array.is_standard_layout());
    let (rows, columns) = array.dim();
    ([rows, columns], array.into_raw_vec_and_offset().0)
}

#[test]
fn npy_and_npz_hold_arrays() {
    for dtype in BOTH {
        let (_folder, path, made, _) = written(Name::Npy, dtype);
        for made in &made {
            let (shape, numbers) =
                npy(&fs::read(path.join(made.about.file("npy"))).unwrap(), dtype);
            is_same(made, shape, &numbers);
        }
        let (_folder, path, made, _) = written(Name::Npz, dtype);
        let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
        assert_eq!(zip.len(), made.len());
        for (i, made) in made.iter().enumerate() {
            let mut file = zip.by_index(i).unwrap();
            assert_eq!(
                file.name().unwrap(),
                format!("{}.npy", made.about.utterance)
            );
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            let (shape, numbers) = npy(&bytes, dtype);
            is_same(made, shape, &numbers);
        }
    }
}

#[test]
#[ignore = "writes 4.3 GB"]
fn npz_goes_beyond_four_gigabytes() {
    let folder = tempfile::tempdir().unwrap();
    let format = written::format(Name::Npz, Dtype::F32);
    let Layout::Container(container) = format.layout() else {
        panic!("a container");
    };
    let mut made = written::recordings(Dtype::F32);
    made.truncate(2);
    // The first is a hole in a file, beside which the second is small.
    let large = 4_300_000_000;
    let bytes = made[1].encode(&*format);
    let mut payload = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(folder.path().join("payload"))
        .unwrap();
    payload.set_len(large).unwrap();
    payload.seek(SeekFrom::End(0)).unwrap();
    payload.write_all(&bytes).unwrap();
    let places = [(0, large), (large, bytes.len() as u64)];
    let entries: Vec<Entry> = made
        .iter()
        .zip(places)
        .map(|(made, (offset, len))| Entry {
            about: made.about.clone(),
            offset,
            len,
        })
        .collect();
    let path = folder.path().join("out.npz");
    container
        .finish(&mut payload, &entries, &mut File::create(&path).unwrap())
        .unwrap();
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    assert_eq!(zip.by_index(0).unwrap().size(), large);
    let mut second = Vec::new();
    zip.by_index(1).unwrap().read_to_end(&mut second).unwrap();
    assert!(second == bytes);
}

#[test]
fn safetensors_hold_tensors_and_notes_in_the_same_bytes_each_time() {
    for dtype in BOTH {
        let (_folder, path, made, _) = written(Name::Safetensors, dtype);
        let bytes = fs::read(&path).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(tensors.len(), made.len());
        for made in &made {
            let tensor = tensors.tensor(&made.about.utterance).unwrap();
            let numbers: Vec<f64> = match dtype {
                Dtype::F32 => {
                    let values = tensor.data().as_chunks().0.iter();
                    values.map(|&b| f32::from_le_bytes(b).into()).collect()
                }
                Dtype::F64 => {
                    let values = tensor.data().as_chunks().0.iter();
                    values.map(|&b| f64::from_le_bytes(b)).collect()
                }
            };
            is_same(made, tensor.shape().try_into().unwrap(), &numbers);
        }
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let notes = header.metadata().as_ref().unwrap();
        let notes: serde_json::Value = serde_json::from_str(&notes["mynah"]).unwrap();
        assert_eq!(notes["preset"], "kaldi");
        assert_eq!(notes["recordings"][2]["label"], "two\nlines\tand نعم");
        let (_folder, again, ..) = written(Name::Safetensors, dtype);
        assert!(bytes == fs::read(again).unwrap());
    }
}

/// Kaldi's binary matrix at the start of some bytes, and what comes after it.
fn matrix(bytes: &[u8]) -> ([usize; 2], Vec<f64>, &[u8]) {
    let (kind, bytes) = bytes.split_at(5);
    let mut n = [0; 2];
    for (i, n) in n.iter_mut().enumerate() {
        assert_eq!(bytes[5 * i], 4);
        *n = i32::from_le_bytes(bytes[5 * i + 1..][..4].try_into().unwrap()) as usize;
    }
    let n_values = n[0] * n[1];
    let bytes = &bytes[10..];
    match kind {
        b"\0BFM " => {
            let (values, rest) = bytes.split_at(4 * n_values);
            let values = values.as_chunks().0.iter();
            (
                n,
                values.map(|&b| f32::from_le_bytes(b).into()).collect(),
                rest,
            )
        }
        b"\0BDM " => {
            let (values, rest) = bytes.split_at(8 * n_values);
            let values = values.as_chunks().0.iter();
            (n, values.map(|&b| f64::from_le_bytes(b)).collect(), rest)
        }
        _ => panic!("{kind:?}"),
    }
}

#[test]
fn an_archive_is_read_in_order_and_by_its_list() {
    for dtype in BOTH {
        let (_folder, path, made, _) = written(Name::Kaldi, dtype);
        let bytes = fs::read(&path).unwrap();
        let mut rest = &bytes[..];
        let scp = fs::read_to_string(path.with_extension("scp")).unwrap();
        assert_eq!(scp.lines().count(), made.len());
        for (made, line) in made.iter().zip(scp.lines()) {
            let key = made.about.utterance.as_bytes();
            assert_eq!((&rest[..key.len()], rest[key.len()]), (key, b' '));
            let (shape, numbers, after) = matrix(&rest[key.len() + 1..]);
            is_same(made, shape, &numbers);
            rest = after;

            let (name, place) = line.split_once(' ').unwrap();
            let (file, offset) = place.rsplit_once(':').unwrap();
            assert_eq!(
                (name, Path::new(file)),
                (made.about.utterance.as_str(), path.as_path())
            );
            let (shape, numbers, _) = matrix(&bytes[offset.parse().unwrap()..]);
            is_same(made, shape, &numbers);
        }
        assert!(rest.is_empty());
    }
}

#[test]
fn a_text_archive_reads_back_to_the_same_bits() {
    for dtype in BOTH {
        let (_folder, path, made, _) = written(Name::KaldiText, dtype);
        let text = fs::read_to_string(path).unwrap();
        let mut words = text.split_whitespace();
        for made in &made {
            assert_eq!(
                (words.next(), words.next()),
                (Some(&*made.about.utterance), Some("["))
            );
            let cells = words.by_ref().take_while(|&word| word != "]");
            let numbers: Vec<f64> = match dtype {
                Dtype::F32 => cells
                    .map(|cell| cell.parse::<f32>().unwrap().into())
                    .collect(),
                Dtype::F64 => cells.map(|cell| cell.parse().unwrap()).collect(),
            };
            is_same(made, [numbers.len() / 3, 3], &numbers);
        }
        assert_eq!(words.next(), None);
        // A line a frame, and one for each key.
        assert_eq!(
            text.lines().count(),
            made.iter()
                .map(|made| 1 + made.about.n_frames)
                .sum::<usize>()
        );
    }
}

#[test]
fn companions_say_what_is_known_and_no_more() {
    let (folder, path, made, mut entries) = written(Name::Kaldi, Dtype::F32);
    let read = |ending: &str| fs::read_to_string(path.with_extension(ending)).unwrap();
    assert_eq!(
        read("utt2spk"),
        "plain ada\none_frame Bob_B.\n'apostrophe',comma ünï\n"
    );
    assert_eq!(
        read("text"),
        "plain yes\none_frame say \"hi\", twice\nдом/🎉_ünï two lines and نعم\n'apostrophe',comma a,b\n"
    );
    assert_eq!(read("utt2num_frames").lines().nth(3), Some("long 100000"));
    assert_eq!(read("utt2dur").lines().nth(1), Some("one_frame 0.025"));
    assert_eq!(made.len(), 5);

    for entry in &mut entries {
        (entry.about.label, entry.about.speaker) = (None, None);
    }
    let format = written::format(Name::Kaldi, Dtype::F32);
    // Two archives in one folder, and one that bears a companion's own name.
    let names = |target: &str| -> Vec<String> {
        let companions = format.companions(&folder.path().join(target));
        let known = companions
            .into_iter()
            .filter(|c| c.contents(&entries).unwrap().is_some());
        known
            .map(|c| c.path.file_name().unwrap().to_str().unwrap().to_string())
            .collect()
    };
    assert_eq!(names("a.ark"), ["a.scp", "a.utt2dur", "a.utt2num_frames"]);
    assert_eq!(names("b.ark"), ["b.scp", "b.utt2dur", "b.utt2num_frames"]);
    assert_eq!(
        names("c.scp"),
        ["c.scp.scp", "c.utt2dur", "c.utt2num_frames"]
    );
}

#[test]
fn htk_files_are_as_the_htk_book_has_them() {
    let (_folder, path, made, _) = written(Name::Htk, Dtype::F32);
    for made in &made {
        let bytes = fs::read(path.join(made.about.file("htk"))).unwrap();
        let (header, values) = bytes.split_at(12);
        let n_samples = i32::from_be_bytes(header[..4].try_into().unwrap());
        assert_eq!(
            header[4..],
            [0, 1, 0x86, 0xa0, 0, 12, 0, 9],
            "100,000 × 100 ns, 12 bytes, USER"
        );
        let values = values.as_chunks().0.iter();
        let numbers: Vec<f64> = values.map(|&b| f32::from_be_bytes(b).into()).collect();
        is_same(made, [n_samples as usize, 3], &numbers);
    }
    // MFCC_0_D_A where the layout is HTK's.
    let options = Options {
        columns: Vec::new(),
        dtype: Dtype::F32,
        preset: "htk".into(),
        parm_kind: Some(6 | 0o20000 | 0o400 | 0o1000),
    };
    let format = formats::new(Name::Htk, &options).unwrap();
    assert_eq!(made[0].encode(&*format)[10..12], [0x23, 0x06]);
}

/// Numbers as they are spelt.
#[derive(serde::Deserialize)]
struct Line<'a> {
    utterance: String,
    #[serde(borrow)]
    features: Vec<Vec<&'a serde_json::value::RawValue>>,
}

#[test]
fn tables_and_lines_read_back_to_the_same_bits() {
    for dtype in BOTH {
        let parse = |cell: &str| match dtype {
            Dtype::F32 => cell.parse::<f32>().unwrap().into(),
            Dtype::F64 => cell.parse::<f64>().unwrap(),
        };
        let (_folder, path, made, _) = written(Name::Csv, dtype);
        let mut table = csv::Reader::from_path(path).unwrap();
        let mut rows = table.records();
        for made in &made {
            let mut numbers = Vec::new();
            for frame in 0..made.about.n_frames {
                let row = rows.next().unwrap().unwrap();
                assert_eq!(row[0], made.about.utterance);
                assert_eq!(row[2], *made.about.label.clone().unwrap_or_default());
                assert_eq!(row[6], frame.to_string());
                numbers.extend(row.iter().skip(7).map(parse));
            }
            is_same(made, [made.about.n_frames, 3], &numbers);
        }
        assert!(rows.next().is_none());

        let (_folder, path, made, _) = written(Name::Jsonl, dtype);
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().count(), made.len());
        for (line, made) in text.lines().zip(&made) {
            let line: Line<'_> = serde_json::from_str(line).unwrap();
            assert_eq!(line.utterance, made.about.utterance);
            let cells = line.features.iter().flatten();
            let numbers: Vec<f64> = cells.map(|cell| parse(cell.get())).collect();
            is_same(made, [line.features.len(), 3], &numbers);
        }
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_holds_a_row_a_recording() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::{Field, ListAccessor, RowAccessor};
    for dtype in BOTH {
        let (_folder, path, made, _) = written(Name::Parquet, dtype);
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let mut rows = reader.get_row_iter(None).unwrap();
        for made in &made {
            let row = rows.next().unwrap().unwrap();
            assert_eq!(row.get_string(0).unwrap(), &made.about.utterance);
            assert_eq!(row.get_string(2).ok(), made.about.label.as_ref());
            let list = row.get_list(10).unwrap();
            let numbers: Vec<f64> = (0..list.len())
                .map(|i| match dtype {
                    Dtype::F32 => list.get_float(i).unwrap().into(),
                    Dtype::F64 => list.get_double(i).unwrap(),
                })
                .collect();
            is_same(made, [row.get_long(8).unwrap() as usize, 3], &numbers);
            let start = row.get_column_iter().nth(4).unwrap().1;
            assert_eq!(*start == Field::Null, made.about.start.is_none());
        }
        assert!(rows.next().is_none());
    }
}

#[test]
fn bytes_do_not_depend_on_the_blocks_the_rows_come_in() {
    for dtype in BOTH {
        let made = written::recordings(dtype);
        for (name, format) in written::all(dtype) {
            for (made, n_rows) in made
                .iter()
                .flat_map(|made| [1, 3, 65_536].map(|n| (made, n)))
            {
                if made.about.n_frames / n_rows < 1_000 {
                    let blocks = made.encode_in_blocks(&*format, n_rows).unwrap();
                    assert!(blocks == made.encode(&*format), "{name:?} by {n_rows}");
                }
            }
        }
    }
}

#[test]
fn the_journal_gives_every_entry_back() {
    let (_folder, _, _, mut entries) = written(Name::Jsonl, Dtype::F64);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let name = std::ffi::OsString::from_vec(b"caf\xe9 \xff".to_vec());
        (entries[0].about.path, entries[0].about.name) = (name.clone().into(), name.into());
    }
    entries[1].about.seconds = 1.0 / 3.0;
    entries[2].offset = u64::MAX;
    // Lengths of every number of samples, whose last bits a careless parser would turn.
    for n in (0..100_000).step_by(7) {
        let mut entry = entries[3].clone();
        entry.about.seconds = f64::from(n) / 44_100.0;
        entries.push(entry);
    }
    for entry in entries {
        let line = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    }
}

#[test]
fn endings_name_formats() {
    let endings: BTreeMap<&str, Option<Name>> =
        ["npy", "ndjson", "ark", "mfc", "htk", "wav", "txt"]
            .map(|ending| {
                (
                    ending,
                    Name::of_ending(&Path::new("f").with_extension(ending)),
                )
            })
            .into();
    assert_eq!(endings["npy"], Some(Name::Npy));
    assert_eq!(endings["ndjson"], Some(Name::Jsonl));
    assert_eq!(endings["ark"], Some(Name::Kaldi));
    assert_eq!(endings["mfc"], endings["htk"]);
    assert_eq!((endings["wav"], endings["txt"]), (None, None));
    for (name, format) in written::all(Dtype::F32) {
        let file = Path::new("f").with_extension(format.ending());
        if name != Name::KaldiText {
            assert_eq!(Name::of_ending(&file), Some(name));
        }
    }
}
