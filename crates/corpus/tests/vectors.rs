//! Vectors of every format: the same rows, and no bad file goes unnoticed.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use mynah_corpus::{Split, VectorOptions, VectorSet};
use ndarray::{Array1, Array2, Array3};
use ndarray_npy::{WriteNpyExt, write_npy};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The message of a refusal, without the folder.
    fn refused(&self, path: &Path, options: &VectorOptions) -> String {
        let error = VectorSet::open(path, options).unwrap_err().to_string();
        error.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn open(path: &Path) -> VectorSet {
    VectorSet::open(path, &VectorOptions::default()).unwrap()
}

fn labels(set: &VectorSet) -> Vec<&str> {
    set.corpus
        .clips
        .iter()
        .map(|clip| clip.label.as_str())
        .collect()
}

fn with_labels(path: PathBuf) -> VectorOptions {
    let mut options = VectorOptions::default();
    options.labels = Some(path);
    options
}

/// An archive as `numpy.savez` writes it.
fn npz(method: CompressionMethod, arrays: &[(&str, &dyn Npy)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, array) in arrays {
        zip.start_file(format!("{name}.npy"), options).unwrap();
        array.write(&mut zip);
    }
    zip.finish().unwrap().into_inner()
}

trait Npy {
    fn write(&self, out: &mut ZipWriter<Cursor<Vec<u8>>>);
}

impl<T: WriteNpyExt> Npy for T {
    fn write(&self, out: &mut ZipWriter<Cursor<Vec<u8>>>) {
        self.write_npy(out).unwrap();
    }
}

const ROWS: [[f32; 2]; 3] = [[1.0, 2.5], [-3.0, 0.0], [1e-3, 7.0]];

#[test]
fn every_format_gives_the_same_rows() {
    let folder = Folder::new();
    let x = Array2::from(ROWS.to_vec());
    let y = Array1::from(vec![3i64, 1, 3]);
    write_npy(folder.path("X.npy"), &x).unwrap();
    write_npy(folder.path("X64.npy"), &x.mapv(f64::from)).unwrap();
    write_npy(folder.path("y.npy"), &y).unwrap();
    let packed = CompressionMethod::Deflated;
    folder.write("d.npz", npz(packed, &[("X", &x), ("y", &y)]));
    folder.write("plain.csv", "1,2.5,3\n-3,0,1\n0.001,7,3\n");
    folder.write(
        "named.csv",
        "\u{feff}a,b,label\n1,2.5,3\n-3,0,1\n0.001,7,3\n",
    );
    folder.write("front.csv", "kind;a;b\n3;1;2.5\n1;-3;0\n3;0.001;7\n");
    folder.write("t.tsv", "1\t2.5\t3\n-3\t0\t1\n0.001\t7\t3\n");
    folder.write("labels.txt", "3\n1\n3\n");

    let mut front = VectorOptions::default();
    front.label_column = Some("kind".into());
    let cases = [
        ("X.npy", with_labels(folder.path("y.npy"))),
        ("X64.npy", with_labels(folder.path("labels.txt"))),
        ("d.npz", VectorOptions::default()),
        ("plain.csv", VectorOptions::default()),
        ("named.csv", VectorOptions::default()),
        ("front.csv", front),
        ("t.tsv", VectorOptions::default()),
    ];
    for (name, options) in cases {
        let path = folder.path(name);
        assert!(VectorSet::is_at(&path), "{name}");
        let set = VectorSet::open(&path, &options).unwrap();
        assert_eq!(set.values, ROWS.as_flattened(), "{name}");
        assert_eq!(labels(&set), ["3", "1", "3"], "{name}");
        assert_eq!((set.dim(), set.is_labelled), (2, true), "{name}");
        assert!(set.corpus.problems.is_empty(), "{name}");
    }
    assert_eq!(open(&folder.path("named.csv")).columns, ["a", "b"]);
    let clip = |name: &str, i: usize| {
        let set = open(&folder.path(name));
        let path = set.corpus.clips[i].path.clone();
        path.file_name().unwrap().to_str().unwrap().to_string()
    };
    assert_eq!(clip("d.npz", 2), "d.npz[2]");
    assert_eq!(clip("named.csv", 1), "named.csv:3");
}

#[test]
fn groups_splits_and_counting_columns_are_told_from_values() {
    let folder = Folder::new();
    let text = ",a,b,subject,split,class\n0,1,2,ada,train,x\n1,3,4,bob,test,y\n2,5,6,,,x\n3,5,6,eve,tset,x\n";
    let path = folder.write("sensors.csv", text);
    let set = open(&path);
    assert_eq!(set.columns, ["a", "b"]);
    assert_eq!(set.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let clips = &set.corpus.clips;
    assert_eq!(clips[0].speaker.as_deref(), Some("ada"));
    assert_eq!(
        (clips[0].split, clips[1].split),
        (Some(Split::Train), Some(Split::Test))
    );
    assert_eq!((clips[2].speaker.clone(), clips[2].split), (None, None));
    assert_eq!(set.corpus.problems.len(), 1);
    assert!(
        set.corpus.problems[0]
            .to_string()
            .contains("line 5: its split is \"tset\"")
    );
}

#[test]
fn rows_without_labels_are_known_by_their_length() {
    let folder = Folder::new();
    let path = folder.write("rows.csv", "1,2\n3,4\n");
    let mut options = VectorOptions::default();
    options.dim = Some(2);
    let set = VectorSet::open(&path, &options).unwrap();
    assert_eq!(
        (set.values.as_slice(), set.is_labelled),
        (&[1.0, 2.0, 3.0, 4.0][..], false)
    );
    options.dim = Some(1);
    let set = VectorSet::open(&path, &options).unwrap();
    assert_eq!(
        (set.values.as_slice(), set.is_labelled),
        (&[1.0, 3.0][..], true)
    );
}

/// `n` images of 2 × 2 as IDX.
fn idx(n: u32, first: u8) -> (Vec<u8>, Vec<u8>) {
    let side = |n: u32| n.to_be_bytes();
    let mut images = [&[0, 0, 8, 3][..], &side(n), &side(2), &side(2)].concat();
    images.extend((0..4 * n as u8).map(|i| i.wrapping_add(first)));
    let mut labels = [&[0, 0, 8, 1][..], &side(n)].concat();
    labels.extend((0..n as u8).map(|i| i % 2));
    (images, labels)
}

#[test]
fn idx_brings_its_labels_and_its_test_side() {
    let folder = Folder::new();
    let gz = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let (images, labels_of) = idx(4, 0);
    folder.write("train-images-idx3-ubyte", &images);
    folder.write("train-labels-idx1-ubyte.gz", gz(&labels_of));
    let alone = open(&folder.path("train-images-idx3-ubyte"));
    assert!(!alone.corpus.has_splits());
    let (images, labels_of) = idx(2, 100);
    folder.write("t10k-images-idx3-ubyte.gz", gz(&images));
    folder.write("t10k-labels-idx1-ubyte", &labels_of);
    for name in ["", "train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"] {
        let path = folder.path(name);
        assert!(VectorSet::is_at(&path), "{name}");
        let set = open(&path);
        assert_eq!(set.row_shape, [2, 2]);
        assert_eq!(labels(&set), ["0", "1", "0", "1", "0", "1"]);
        assert_eq!(set.row(1), [4.0, 5.0, 6.0, 7.0]);
        assert_eq!(set.row(4), [100.0, 101.0, 102.0, 103.0]);
        let splits: Vec<_> = set.corpus.clips.iter().map(|clip| clip.split).collect();
        assert_eq!(splits[..4], [Some(Split::Train); 4]);
        assert_eq!(splits[4..], [Some(Split::Test); 2]);
    }
    let test = open(&folder.path("t10k-images-idx3-ubyte.gz"));
    assert_eq!(
        (test.corpus.clips.len(), test.corpus.has_splits()),
        (2, false)
    );
}

#[test]
fn archives_of_benchmarks_bring_their_sides() {
    let folder = Folder::new();
    let images = |n, value| Array3::<u8>::from_elem((n, 2, 2), value);
    let archive = npz(
        CompressionMethod::Stored,
        &[
            ("x_train", &images(3, 7)),
            ("y_train", &Array1::from(vec![0u8, 1, 1])),
            ("x_test", &images(1, 9)),
            ("y_test", &Array1::from(vec![1u8])),
        ],
    );
    let path = folder.write("digits.npz", archive);
    let set = open(&path);
    assert_eq!(set.row_shape, [2, 2]);
    let counts = set.corpus.split_counts();
    assert_eq!((counts.train, counts.test), (3, 1));
    assert!(set.corpus.clips[3].path.ends_with("digits.npz:x_test[0]"));
}

#[test]
fn bad_values_are_named_by_row_and_column() {
    let folder = Folder::new();
    let path = folder.write(
        "m.csv",
        "a,b,label\n1,2,x\n1,,x\n1,inf,y\n1,oops,y\n1,2\n3,4,\n5,6,y\n",
    );
    let set = open(&path);
    assert_eq!(labels(&set), ["x", "y"]);
    let said: Vec<String> = set
        .corpus
        .problems
        .iter()
        .map(ToString::to_string)
        .collect();
    for (said, expected) in said.iter().zip([
        "line 3: column 2 (b) is missing (NaN)",
        "line 4: column 2 (b) is inf",
        "line 5: column 2 is \"oops\", not a number",
        "line 6: has 2 columns, the first line has 3",
        "line 7: has no label",
    ]) {
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(said.len(), 5);

    let mut keep = VectorOptions::default();
    keep.keep_missing = true;
    let set = VectorSet::open(&path, &keep).unwrap();
    assert!(set.row(1)[1].is_nan());
    assert_eq!(set.corpus.clips.len(), 3);

    write_npy(
        folder.path("X.npy"),
        &Array2::from(vec![[1.0f32, f32::NAN], [1.0, 2.0]]),
    )
    .unwrap();
    folder.write("y.txt", "a\nb\n");
    let set = VectorSet::open(&folder.path("X.npy"), &with_labels(folder.path("y.txt"))).unwrap();
    assert!(
        set.corpus.problems[0]
            .to_string()
            .contains("X.npy[0]: column 2 is missing")
    );
    // 1e300 has no place in single precision.
    write_npy(
        folder.path("X.npy"),
        &Array2::from(vec![[1.0f64, 1e300], [1.0, 2.0]]),
    )
    .unwrap();
    let set = VectorSet::open(&folder.path("X.npy"), &with_labels(folder.path("y.txt"))).unwrap();
    assert!(
        set.corpus.problems[0]
            .to_string()
            .contains("must be finite")
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_a_remedy() {
    let folder = Folder::new();
    let default = VectorOptions::default();
    write_npy(folder.path("X.npy"), &Array2::<f32>::zeros((3, 2))).unwrap();
    write_npy(folder.path("flat.npy"), &Array1::<f32>::zeros(3)).unwrap();
    let y2 = folder.write("y2.txt", "a\nb\n");
    let nowhere = folder.path("nowhere.txt");
    assert!(
        folder
            .refused(&folder.path("X.npy"), &with_labels(y2))
            .contains("y2.txt: has 2 labels for 3 rows")
    );
    assert!(
        folder
            .refused(&folder.path("X.npy"), &with_labels(nowhere))
            .contains("nowhere.txt: no such file")
    );
    assert!(
        folder
            .refused(&folder.path("flat.npy"), &default)
            .contains("reshape")
    );
    assert!(
        folder
            .refused(&folder.write("e.csv", ""), &default)
            .contains("is empty")
    );
    assert!(
        folder
            .refused(&folder.write("h.csv", "a,b,label\n"), &default)
            .contains("no rows")
    );
    assert!(
        folder
            .refused(&folder.write("z.npz", b"PK"), &default)
            .contains("no npz archive")
    );
    let bytes = fs::read(folder.path("X.npy")).unwrap();
    let cut = folder.write("cut.npy", &bytes[..bytes.len() - 1]);
    assert!(folder.refused(&cut, &default).contains("cut short"));
    let mut column = VectorOptions::default();
    column.label_column = Some("colour".into());
    let csv = folder.write("c.csv", "a,b\n1,2\n");
    assert!(
        folder
            .refused(&csv, &column)
            .contains("no column \"colour\"")
    );
    column.label_column = Some("3".into());
    assert!(
        folder
            .refused(&csv, &column)
            .contains("2 columns, no column 3")
    );
}

#[test]
fn manifests_are_not_taken_for_vectors() {
    let folder = Folder::new();
    for (text, is_vectors) in [
        ("path,label\na.wav,1\n", false),
        ("label,speaker\nyes,ada\n", false),
        ("path,label,start\na.wav,yes,0.5\n", false),
        ("a,b\n1,2\n", true),
        ("0.5,yes\n", true),
    ] {
        let path = folder.write("m.csv", text);
        assert_eq!(VectorSet::is_at(&path), is_vectors, "{text}");
    }
}

#[test]
fn a_random_split_is_stratified_and_depends_on_rows_and_seed_alone() {
    let folder = Folder::new();
    let line = |i: usize| format!("{i},{},{}\n", i * i, if i % 10 < 7 { "a" } else { "b" });
    let forward: String = (0..100).map(line).collect();
    let backward: String = (0..100).rev().map(line).collect();
    let sides = |text: &str, seed| {
        let mut set = open(&folder.write("r.csv", text));
        set.assign_random_split(seed);
        let sides = set
            .corpus
            .clips
            .iter()
            .enumerate()
            .map(|(i, clip)| (set.row(i)[0] as usize, clip.label.clone(), clip.split));
        let mut sides: Vec<_> = sides.collect();
        sides.sort_by_key(|side| side.0);
        sides
    };
    let once = sides(&forward, 1);
    assert_eq!(once, sides(&backward, 1));
    assert_ne!(once, sides(&forward, 2));
    let count = |label: &str, split| {
        once.iter()
            .filter(|s| s.1 == label && s.2 == Some(split))
            .count()
    };
    assert_eq!(
        [
            count("a", Split::Test),
            count("a", Split::Validation),
            count("a", Split::Train)
        ],
        [14, 7, 49]
    );
    assert_eq!(
        [
            count("b", Split::Test),
            count("b", Split::Validation),
            count("b", Split::Train)
        ],
        [6, 3, 21]
    );
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(name in prop::sample::select(vec!["x.npy", "x.npz", "x.csv", "x.tsv", "x-images-idx3-ubyte"]), bytes in prop::collection::vec(any::<u8>(), 0..300), begin in prop::sample::select(vec![&b""[..], b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': ", b"\0\0\x08\x03", b"PK\x03\x04"])) {
        let folder = Folder::new();
        let path = folder.write(name, [begin, &bytes].concat());
        let _ = VectorSet::is_at(&path);
        let _ = VectorSet::open(&path, &VectorOptions::default());
    }
}
