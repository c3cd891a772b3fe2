//! The sound system's side of a microphone: its thread mixes the channels and stores the samples in
//! a lock-free ring. It neither waits nor allocates; what has no room is counted.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cpal::{ErrorKind, FromSample, SizedSample, StreamInstant};
use rtrb::Producer;

use crate::Channel;

/// What both sides know.
#[derive(Default)]
pub(super) struct Shared {
    /// Times that sound was lost.
    pub(super) n_gaps: AtomicU64,
    /// Samples that were lost, at the device's rate.
    pub(super) n_lost: AtomicU64,
    /// What ended the listening.
    pub(super) fault: OnceLock<cpal::Error>,
}

impl Shared {
    /// What the sound system says while it listens.
    pub(super) fn hear_of(&self, error: cpal::Error) {
        match error.kind() {
            // How much it was, the next samples tell.
            ErrorKind::Xrun => drop(self.n_gaps.fetch_add(1, Ordering::Relaxed)),
            // It goes on listening after these.
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => (),
            // The first fault says why; later ones follow from it.
            _ => drop(self.fault.set(error)),
        }
    }
}

/// Takes what the sound system hands over. Silence takes the place of what is lost, so that a sample's number in the
/// ring tells its time.
pub(super) struct Intake {
    pub(super) n_channels: usize,
    pub(super) channel: Channel,
    /// Samples a second, Hz.
    pub(super) sample_rate: u32,
    pub(super) ring: Producer<f32>,
    pub(super) shared: Arc<Shared>,
    /// Gaps known, and when the sample after the last one was due.
    pub(super) seen: (u64, Option<StreamInstant>),
    /// Samples of silence that go into the ring before any sound.
    pub(super) n_owed: u64,
}

/// The longest silence in place of a gap.
const MAX_GAP_SECONDS: u32 = 10;

impl Intake {
    /// Puts interleaved samples, the first of them heard at `captured`, into the ring.
    pub(super) fn take<T>(&mut self, samples: &[T], captured: StreamInstant)
    where
        T: SizedSample,
        f32: FromSample<T>,
    {
        let n_missed = self.n_missed_before(captured);
        self.n_owed += n_missed;
        let blocks = samples.chunks_exact(self.n_channels);
        let n_blocks = blocks.len();
        let n_free = self.ring.slots();
        let n_silent = (self.n_owed as usize).min(n_free);
        let n_room = n_blocks.min(n_free - n_silent);
        let room = self
            .ring
            .write_chunk_uninit(n_silent + n_room)
            .expect("so many slots are free");
        let channel = self.channel;
        let sound = blocks.map(|block| channel.of(block, |s| s.to_sample::<f32>()));
        room.fill_from_iter(std::iter::repeat_n(0.0, n_silent).chain(sound));
        let n_lost = (n_blocks - n_room) as u64;
        if n_lost > 0 {
            self.shared.n_gaps.fetch_add(1, Ordering::Relaxed);
        }
        self.shared
            .n_lost
            .fetch_add(n_missed + n_lost, Ordering::Relaxed);
        let most = u64::from(MAX_GAP_SECONDS * self.sample_rate);
        self.n_owed = (self.n_owed - n_silent as u64 + n_lost).min(most);
        let duration = n_blocks as u64 * 1_000_000_000 / u64::from(self.sample_rate);
        let due = captured.checked_add(Duration::from_nanos(duration));
        self.seen = (self.shared.n_gaps.load(Ordering::Relaxed), due);
    }

    /// Samples between those before and those of `captured`, if the sound system has told of a gap
    /// since: without one, the times differ by its jitter alone.
    fn n_missed_before(&self, captured: StreamInstant) -> u64 {
        let (n_gaps, due) = self.seen;
        if self.shared.n_gaps.load(Ordering::Relaxed) == n_gaps {
            return 0;
        }
        let missing = due.and_then(|due| captured.checked_duration_since(due));
        let nanos = missing.unwrap_or_default().as_nanos();
        (nanos * u128::from(self.sample_rate) / 1_000_000_000) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpal::I24;
    use rtrb::{Consumer, RingBuffer};

    fn intake(n_channels: usize, room: usize) -> (Intake, Consumer<f32>) {
        let (ring, consumer) = RingBuffer::new(room);
        let intake = Intake {
            n_channels,
            channel: Channel::Mix,
            sample_rate: 1_000,
            ring,
            shared: Arc::default(),
            seen: (0, None),
            n_owed: 0,
        };
        (intake, consumer)
    }

    fn counts(intake: &Intake) -> [u64; 2] {
        [&intake.shared.n_gaps, &intake.shared.n_lost].map(|n| n.load(Ordering::Relaxed))
    }

    #[test]
    fn a_full_ring_loses_the_newest_and_counts_them() {
        let (mut intake, mut consumer) = intake(2, 3);
        let block: [i16; 4] = [16384, -16384, 8192, 0];
        intake.take(&block, StreamInstant::ZERO);
        assert_eq!(counts(&intake), [0, 0]);
        intake.channel = Channel::Pick(1);
        intake.take(&block, StreamInstant::ZERO);
        assert_eq!(counts(&intake), [1, 1]);
        let mut heard = [0.0; 3];
        consumer.pop_entire_slice(&mut heard).unwrap();
        assert_eq!(heard, [0.0, 0.125, -0.5]);
        // Silence in its place, then sound again.
        intake.take(&block[..2], StreamInstant::ZERO);
        consumer.pop_entire_slice(&mut heard[..2]).unwrap();
        assert_eq!(heard[..2], [0.0, -0.5]);
    }

    #[test]
    fn a_gap_that_the_sound_system_tells_of_is_counted_in_samples() {
        let (mut intake, consumer) = intake(1, 200);
        let at = |ms: u64| StreamInstant::from_nanos(ms * 1_000_000);
        intake.take(&[0i16; 20], at(100));
        // Late by jitter alone: nothing was lost.
        intake.take(&[0i16; 20], at(125));
        assert_eq!(counts(&intake), [0, 0]);
        intake.shared.hear_of(ErrorKind::Xrun.into());
        intake.take(&[0i16; 20], at(145 + 30));
        assert_eq!(counts(&intake), [1, 30]);
        intake.take(&[0i16; 20], at(200));
        assert_eq!(counts(&intake), [1, 30]);
        assert_eq!(consumer.slots(), 4 * 20 + 30);
        assert!(intake.shared.fault.get().is_none());
        intake.shared.hear_of(ErrorKind::DeviceNotAvailable.into());
        assert!(intake.shared.fault.get().is_some());
    }

    #[test]
    fn every_format_comes_out_at_full_scale_one() {
        fn half<T: SizedSample>(sample: T)
        where
            f32: FromSample<T>,
        {
            let (mut intake, mut consumer) = intake(2, 4);
            intake.take(&[sample, sample], StreamInstant::ZERO);
            assert_eq!(consumer.pop(), Ok(-0.5));
        }
        half(-64i8);
        half(64u8);
        half(-16_384i16);
        half(16_384u16);
        half(I24::new(-(1 << 22)).unwrap());
        half(-(1i32 << 30));
        half(1u32 << 30);
        half(-0.5f32);
        half(-0.5f64);
    }

    #[test]
    fn the_audio_thread_allocates_nothing() {
        let (mut intake, mut consumer) = intake(2, 64);
        let block = [I24::new(1).unwrap(); 40];
        let mut heard = [0.0; 20];
        let counted = allocation_counter::measure(|| {
            for i in 0..100 {
                // Also with a full ring, with a gap, and while the other side reads.
                intake.take(&block, StreamInstant::from_nanos(i * 20_000_000));
                intake.shared.hear_of(ErrorKind::Xrun.into());
                if i % 4 == 0 {
                    consumer.pop_entire_slice(&mut heard).unwrap();
                }
            }
        });
        assert!(counts(&intake)[1] > 0, "the ring was never full");
        assert_eq!(counted.count_total, 0);
        // The counter counts.
        let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![0u8; 10])));
        assert_eq!(counted.count_total, 1);
    }
}
