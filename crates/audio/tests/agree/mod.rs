//! The comparison that tests and the fuzz target `reader` make of any bytes: `decode` and `Reader` say the
//! same, whatever the blocks.

use std::io::{BufRead, BufReader, Cursor, Seek};

use mynah_audio::{Audio, Channel, Error, Reader, decode};

/// `Reader`'s blocks, joined.
pub fn drain(reader: &mut Reader) -> Result<Vec<f32>, Error> {
    let mut samples = vec![9.0];
    loop {
        let n_before = samples.len();
        match reader.next_block(&mut samples) {
            Ok(0) => {
                assert_eq!(samples.len(), n_before);
                samples.remove(0);
                return Ok(samples);
            }
            Ok(n) => assert_eq!(samples.len() - n_before, n),
            Err(error) => {
                assert_eq!(samples.len(), n_before, "something of the bad block");
                let after = reader.next_block(&mut samples);
                assert!(after.is_err() && reader.skip(1).is_err(), "a second life");
                return Err(error);
            }
        }
    }
}

fn read(
    input: impl BufRead + Seek + Send + Sync + 'static,
    channel: Channel,
) -> Result<Audio, Error> {
    let mut reader = Reader::new(input, channel)?;
    let samples = drain(&mut reader)?;
    let n_promised = reader.n_samples().unwrap_or(0);
    assert!(samples.len() as u64 >= n_promised, "fewer than promised");
    Ok(Audio {
        samples,
        sample_rate: reader.sample_rate(),
    })
}

/// Panics if they differ. How much the input holds, and how much is skipped, follow from the bytes.
pub fn assert_reader_agrees_with_decode(bytes: &[u8]) {
    let sum = bytes
        .iter()
        .fold(0usize, |sum, &b| sum.wrapping_mul(31) + usize::from(b));
    let channel = [Channel::Mix, Channel::Pick(sum % 3)][sum % 2];
    let input = || BufReader::with_capacity(1 + sum % 131, Cursor::new(bytes.to_vec()));
    match (decode(bytes, channel), read(input(), channel)) {
        (Ok(expected), Ok(got)) => {
            assert_eq!(expected, got);
            let n_skipped = sum % (expected.samples.len() + 2);
            let mut reader = Reader::new(input(), channel).expect("opened before");
            reader.skip(n_skipped as u64).expect("within the file");
            let rest = expected.samples.get(n_skipped..).unwrap_or_default();
            assert_eq!(drain(&mut reader).expect("read before"), rest);
        }
        (Err(expected), Err(got)) => assert_eq!(expected.to_string(), got.to_string()),
        // `Reader` has no limit.
        (Err(Error::TooLong), Ok(_)) => (),
        (expected, got) => panic!("decode: {expected:?}, Reader: {got:?}"),
    }
}
