"""Reads every format back with the readers of its own ecosystem and compares the bits.

Usage: readers.py FOLDER. It holds expected.json, what was written, and the files. Prints a line a format.
"""

import csv
import json
import pathlib
import struct
import sys

import kaldiio
import numpy as np
import pyarrow
import pyarrow.parquet
import safetensors
import safetensors.numpy

folder = pathlib.Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
dtype = np.dtype(expected["dtype"])
recordings = expected["recordings"]
for recording in recordings:
    shape = recording["n_frames"], recording["n_coeffs"]
    recording["features"] = np.fromfile(folder / recording["numbers"], dtype).reshape(shape)
names = [recording["utterance"] for recording in recordings]


def same(got, recording, dtype=dtype):
    want = recording["features"].astype(dtype)
    assert got.dtype == dtype, (recording["utterance"], got.dtype)
    assert got.shape == want.shape, (recording["utterance"], got.shape, want.shape)
    assert got.tobytes() == want.tobytes(), recording["utterance"]


def report(name, reader):
    rows = sum(recording["n_frames"] for recording in recordings)
    print(f"{name}: {len(recordings)} recordings, {rows} rows of {dtype.name}, {reader}")


def npy():
    for recording in recordings:
        path = folder / "npy" / (recording["name"] + ".npy")
        same(np.load(path, allow_pickle=False), recording)
        np.save(folder / "again.npy", recording["features"])
        assert path.read_bytes() == (folder / "again.npy").read_bytes(), "not numpy.save's bytes"
    report("npy", f"numpy {np.__version__}")


def npz():
    with np.load(folder / "feats.npz", allow_pickle=False) as arrays:
        assert list(arrays) == names, list(arrays)
        for recording in recordings:
            same(arrays[recording["utterance"]], recording)
    report("npz", f"numpy {np.__version__}")


def kaldi(ark, scp, dtype):
    pairs = list(kaldiio.load_ark(str(folder / ark)))
    assert [key for key, _ in pairs] == names
    for (_, got), recording in zip(pairs, recordings):
        same(got, recording, dtype)
    lazy = kaldiio.load_scp(str(folder / scp))
    assert list(lazy) == names
    for recording in recordings:
        same(lazy[recording["utterance"]], recording, dtype)


def lists(stem):
    """Kaldi's lists: a key, then the value to the end of the line; missing where nothing is known."""

    def read(ending):
        path = folder / f"{stem}.{ending}"
        lines = path.read_text().splitlines() if path.exists() else []
        return dict(line.split(" ", 1) for line in lines)

    def known(key, space):
        pairs = ((r["utterance"], r[key]) for r in recordings)
        return {name: space.join(value.split()) for name, value in pairs if value is not None}

    assert read("utt2spk") == known("speaker", "_")
    assert read("text") == known("label", " ")
    assert {k: float(v) for k, v in read("utt2dur").items()} == {r["utterance"]: r["seconds"] for r in recordings}
    assert {k: int(v) for k, v in read("utt2num_frames").items()} == {r["utterance"]: r["n_frames"] for r in recordings}


def archives():
    kaldi("feats.ark", "feats.scp", dtype)
    lists("feats")
    report("ark", f"kaldiio {kaldiio.__version__}")
    # kaldiio makes float32 of text, whatever was written.
    kaldi("text.ark", "text.scp", np.dtype("float32"))
    lists("text")
    report("text ark", f"kaldiio {kaldiio.__version__}")


def htk():
    """The HTK Book, section "HTK Format Parameter Files"; no maintained package reads them."""
    if dtype != np.float32:
        return
    for recording in recordings:
        data = (folder / "htk" / (recording["name"] + ".htk")).read_bytes()
        n_samples, period, sample_size, kind = struct.unpack(">iihh", data[:12])
        assert (period, kind) == (round(recording["hop_seconds"] * 1e7), 9)
        assert sample_size == 4 * recording["n_coeffs"] and len(data) == 12 + n_samples * sample_size
        same(np.frombuffer(data, ">f4", offset=12).reshape(n_samples, -1).astype("<f4"), recording)
    report("htk", "read as the HTK Book has it")


def tensors():
    path = folder / "feats.safetensors"
    with safetensors.safe_open(path, "numpy") as opened:
        notes = json.loads(opened.metadata()["mynah"])
    assert expected["preset"] in [None, notes["preset"]]
    for note, recording in zip(notes["recordings"], recordings, strict=True):
        for key in ["utterance", "path", "label", "speaker", "start", "end", "sample_rate"]:
            assert note[key] == recording[key], (key, note[key])
    loaded = safetensors.numpy.load_file(path)
    assert sorted(loaded) == sorted(names)
    for recording in recordings:
        same(loaded[recording["utterance"]], recording)
    report("safetensors", f"safetensors {safetensors.__version__}")


def parquet():
    path = folder / "feats.parquet"
    if not path.exists():
        print("parquet: not built in, not read")
        return
    table = pyarrow.parquet.read_table(path)
    kind = pyarrow.float32() if dtype == np.float32 else pyarrow.float64()
    assert table.schema.field("features").type.value_type == kind
    assert table.num_rows == len(recordings)
    for key in table.column_names[:-1]:
        assert table[key].to_pylist() == [recording[key] for recording in recordings], key
    for got, recording in zip(table["features"], recordings):
        same(got.values.to_numpy().reshape(-1, recording["n_coeffs"]), recording)
    report("parquet", f"pyarrow {pyarrow.__version__}")


def tables():
    with open(folder / "feats.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    for recording in recordings:
        head = [str(recording[key] if recording[key] is not None else "") for key in ["utterance", "path", "label", "speaker", "start", "end"]]
        mine, rows = rows[: recording["n_frames"]], rows[recording["n_frames"] :]
        assert all(row[:7] == head + [str(i)] for i, row in enumerate(mine)), recording["utterance"]
        same(np.array([row[7:] for row in mine], dtype), recording)
    assert not rows
    report("csv", f"Python {sys.version.split()[0]}")
    lines = [json.loads(line) for line in open(folder / "feats.jsonl", encoding="utf-8")]
    for line, recording in zip(lines, recordings, strict=True):
        same(np.array(line["features"], dtype), recording)
        for key in line.keys() - {"features"}:
            assert line[key] == recording[key], key
    report("jsonl", f"Python {sys.version.split()[0]}")


def index(kind):
    """The table beside a folder's files, so that labels travel."""
    path = folder / kind / "index.csv"
    if not path.exists():
        assert kind == "htk" and dtype == np.float64
        return
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row, recording in zip(rows, recordings, strict=True):
        assert row.pop("file") == f"{recording['name']}.{kind}"
        assert row == {key: str(recording[key] if recording[key] is not None else "") for key in row}


npy()
npz()
archives()
htk()
tensors()
parquet()
tables()
index("npy")
index("htk")
