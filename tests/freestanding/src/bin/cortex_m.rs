//! Takes the decisions on a Cortex-M4 and reports what one costs. Exits with an error if any differs.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m::Peripherals;
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use mynah_freestanding::{Answer, Decisions, files};

/// Instructions of the loop that tells how many there are to a tick.
const CALIBRATION: u32 = 4_000_000;

/// Bytes below the stack pointer that a decision may use, and are looked at.
const PAINTED: usize = 64 * 1024;
const PAINT: u8 = 0xa5;

#[entry]
fn main() -> ! {
    let mut timer = Peripherals::take().expect("taken once").SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(0x00ff_ffff);
    timer.clear_current();
    timer.enable_counter();
    let per_tick = f64::from(CALIBRATION) / f64::from(ticks(&timer, count_down));

    let mut is_right = true;
    for (bits, file) in files() {
        let decisions = Decisions::new(file).expect("a file of decisions");
        is_right &= replay(bits, &decisions, &timer, per_tick);
    }
    exit(is_right)
}

/// Takes all decisions and prints their cost; whether all were right.
fn replay(bits: &str, decisions: &Decisions<'_>, timer: &SYST, per_tick: f64) -> bool {
    let (mut most_ticks, mut all_ticks, mut stack, mut n_different) = (0, 0, 0, 0);
    let n = decisions.expected.len();
    for (i, expected) in decisions.expected.iter().enumerate() {
        let mut answer = Answer::default();
        let taken = ticks(timer, || answer = decisions.decide(i));
        n_different += u32::from(answer != *expected);
        most_ticks = most_ticks.max(taken);
        all_ticks += u64::from(taken);
        stack = stack.max(stack_of(decisions, i));
    }
    let cost = decisions.codebook.cost(decisions.n_views);
    hprintln!(
        "{} bits: {} decisions, {} differ; {} bytes of tables, {} of input, {} of stack; {} instructions on average, {} at most, for {} differences squared and added",
        bits,
        n,
        n_different,
        cost.flash,
        cost.ram,
        stack,
        (all_ticks as f64 * per_tick) as u64 / n as u64,
        (f64::from(most_ticks) * per_tick) as u64,
        cost.operations
    );
    n > 0 && n_different == 0
}

/// Of `f`, by a counter of 24 bits that runs down.
fn ticks(_timer: &SYST, f: impl FnOnce()) -> u32 {
    let before = SYST::get_current();
    f();
    before.wrapping_sub(SYST::get_current()) & 0x00ff_ffff
}

/// Takes [`CALIBRATION`] instructions.
fn count_down() {
    // SAFETY: touches nothing but a register and the flags.
    unsafe {
        core::arch::asm!(
            "2: subs {n}, #1",
            "bne 2b",
            n = inout(reg) CALIBRATION / 2 => _,
        );
    }
}

/// Bytes of stack that decision `i` takes, all calls within it: those below the stack pointer that do not keep their paint.
#[inline(never)]
fn stack_of(decisions: &Decisions<'_>, i: usize) -> usize {
    let top = cortex_m::register::msp::read() as usize;
    let bottom = top - PAINTED;
    let painted = || (bottom..top).map(|at| at as *mut u8);
    // SAFETY: RAM below the stack pointer; nothing lives there, and no interrupt is enabled that could push to it.
    painted().for_each(|at| unsafe { at.write_volatile(PAINT) });
    core::hint::black_box(decisions.decide(i));
    // SAFETY: as above.
    let kept = painted().take_while(|&at| unsafe { at.read_volatile() } == PAINT);
    PAINTED - kept.count()
}

fn exit(is_right: bool) -> ! {
    debug::exit(match is_right {
        true => debug::EXIT_SUCCESS,
        false => debug::EXIT_FAILURE,
    });
    unreachable!("the emulator has ended")
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    debug::exit(debug::EXIT_FAILURE);
    loop {}
}
