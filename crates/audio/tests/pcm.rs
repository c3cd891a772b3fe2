//! Raw PCM from a stream.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::io::{self, Read};

use mynah_audio::{Channel, Encoding, Error, PcmFormat, PcmReader};
use proptest::prelude::*;

const MONO: PcmFormat = PcmFormat {
    encoding: Encoding::S16Le,
    sample_rate: 16_000,
    n_channels: 1,
};

/// Hands its bytes over in pieces of these sizes, with an interruption before each.
struct Pieces {
    bytes: VecDeque<u8>,
    sizes: Vec<usize>,
    n_calls: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.n_calls += 1;
        if self.n_calls % 2 == 1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = self.sizes[self.n_calls / 2 % self.sizes.len()].min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}

fn read_all<R: Read>(pcm: &mut PcmReader<R>) -> Vec<f32> {
    let mut out = Vec::new();
    loop {
        let before = out.len();
        let n = pcm.read_block(&mut out).unwrap();
        assert_eq!(out.len() - before, n);
        if n == 0 {
            return out;
        }
    }
}

proptest! {
    #[test]
    fn any_size_of_reads_gives_the_same_samples(
        encoding in prop::sample::select(vec![
            Encoding::U8, Encoding::S16Le, Encoding::S24Le, Encoding::S32Le,
        ]),
        n_channels in 1..4u16,
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        sizes in prop::collection::vec(1..9usize, 1..8),
    ) {
        let format = PcmFormat { encoding, n_channels, ..MONO };
        let mut whole = PcmReader::new(&bytes[..], format, Channel::Mix).unwrap();
        let expected = read_all(&mut whole);
        let block_bytes = encoding.n_bytes() * usize::from(n_channels);
        prop_assert_eq!(expected.len(), bytes.len() / block_bytes);
        prop_assert_eq!(whole.n_leftover(), bytes.len() % block_bytes);

        let pieces = Pieces { bytes: bytes.clone().into(), sizes, n_calls: 0 };
        let mut pcm = PcmReader::new(pieces, format, Channel::Mix).unwrap();
        prop_assert_eq!(read_all(&mut pcm), expected);
        prop_assert_eq!(pcm.n_leftover(), bytes.len() % block_bytes);
    }
}

#[test]
fn what_has_arrived_is_returned_at_once() {
    // 2.5 samples at a time: two, then three.
    let pieces = Pieces {
        bytes: [0, 0x40].repeat(5).into(),
        sizes: vec![5],
        n_calls: 0,
    };
    let mut pcm = PcmReader::new(pieces, MONO, Channel::Mix).unwrap();
    let mut out = Vec::new();
    assert_eq!(pcm.read_block(&mut out).unwrap(), 2);
    assert_eq!(pcm.read_block(&mut out).unwrap(), 3);
    assert_eq!(pcm.read_block(&mut out).unwrap(), 0);
    assert_eq!(out, [0.5; 5]);
}

#[test]
fn one_channel_can_be_picked() {
    let bytes: Vec<u8> = [0.25f32, -1.0, 0.5, 1.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let format = PcmFormat {
        encoding: Encoding::F32Le,
        n_channels: 2,
        ..MONO
    };
    let mut pcm = PcmReader::new(&bytes[..], format, Channel::Pick(1)).unwrap();
    assert_eq!(read_all(&mut pcm), [-1.0, 1.0]);
}

#[test]
fn a_float_that_is_no_sound_is_refused_with_its_place() {
    let bytes: Vec<u8> = [0.5, 0.5, f32::NAN]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let format = PcmFormat {
        encoding: Encoding::F32Le,
        ..MONO
    };
    // In two pieces: the place is counted from the start of the stream.
    let pieces = Pieces {
        bytes: bytes.into(),
        sizes: vec![8],
        n_calls: 0,
    };
    let mut pcm = PcmReader::new(pieces, format, Channel::Mix).unwrap();
    let mut out = Vec::new();
    assert_eq!(pcm.read_block(&mut out).unwrap(), 2);
    assert!(matches!(
        pcm.read_block(&mut out),
        Err(Error::NotFinite { index: 2, .. })
    ));
    assert_eq!(out, [0.5, 0.5], "nothing of the bad piece");
    assert_eq!(pcm.read_block(&mut out).unwrap(), 0);
}

#[test]
fn impossible_formats_are_refused() {
    let new = |format, channel| PcmReader::new(io::empty(), format, channel).unwrap_err();
    let rate = PcmFormat {
        sample_rate: 0,
        ..MONO
    };
    assert!(matches!(
        new(rate, Channel::Mix),
        Error::SampleRate { got: 0 }
    ));
    let silent = PcmFormat {
        n_channels: 0,
        ..MONO
    };
    assert!(matches!(new(silent, Channel::Mix), Error::NoChannels));
    assert!(matches!(
        new(MONO, Channel::Pick(1)),
        Error::NoSuchChannel {
            got: 1,
            n_channels: 1
        }
    ));
    // The widest block there is still fits.
    let wide = PcmFormat {
        encoding: Encoding::F64Le,
        n_channels: u16::MAX,
        ..MONO
    };
    let bytes = vec![0; 8 * usize::from(u16::MAX)];
    let mut pcm = PcmReader::new(&bytes[..], wide, Channel::Mix).unwrap();
    assert_eq!(read_all(&mut pcm), [0.0]);
}

#[test]
fn a_failing_stream_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let mut pcm = PcmReader::new(Broken, MONO, Channel::Mix).unwrap();
    assert!(matches!(pcm.read_block(&mut Vec::new()), Err(Error::Io(_))));
}
