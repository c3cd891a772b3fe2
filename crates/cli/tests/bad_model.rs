//! A model that is damaged, is none, or is not there: status 3, with the file, the fault and the remedy.

mod common;

use common::{RATE, Workshop, wav};

#[test]
fn a_damaged_model_is_refused_wherever_the_damage_is() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let model = shop.read("w.mynah");
    let clip = "taught/ala/ada_nohash_0.wav";
    let header = 8 + u64::from_le_bytes(model[..8].try_into().unwrap()) as usize;
    assert!(header < model.len());
    let refused = |damaged: &[u8], what: &str| {
        shop.write("d.mynah", damaged);
        let run = shop.mynah(&format!("classify d.mynah {clip}"));
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (3, ""),
            "{what}: {}",
            run.stderr
        );
        assert!(
            run.stderr.starts_with("mynah: d.mynah: ") && run.stderr.contains("train"),
            "{what}: {}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1, "{what}: {}", run.stderr);
    };
    // Some places in each part: the length, the card, the tensors.
    let places = (0..8)
        .chain((8..header).step_by(header / 12))
        .chain((header..model.len()).step_by(model.len() / 12));
    for place in places.chain([model.len() - 1]) {
        let mut damaged = model.clone();
        damaged[place] ^= 1 << (place % 8);
        refused(&damaged, &format!("a bit of byte {place} flipped"));
        refused(&model[..place], &format!("cut after {place} bytes"));
    }
    refused(&[model.as_slice(), b"\0"].concat(), "a byte too many");
    refused(&wav(&[0.0; 500], RATE), "a recording");
    refused(b"{}", "text");

    shop.write("d.mynah", &model[..model.len() / 2]);
    shop.mynah("eval d.mynah taught")
        .ends_with(3)
        .says("d.mynah: not a model, or cut short")
        .says("train it anew");
    shop.mynah("listen d.mynah -")
        .ends_with(3)
        .says("d.mynah: ");
    shop.mynah("inspect d.mynah")
        .ends_with(3)
        .says("d.mynah: not a model, or cut short");
    let run = shop.mynah(&format!("classify taught {clip}")).ends_with(3);
    run.says("taught: is not a file")
        .says("give a model made by `mynah train`");
    let run = shop
        .mynah(&format!("classify nowhere.mynah {clip}"))
        .ends_with(3);
    run.says("nowhere.mynah: cannot be read")
        .says("give a model made by `mynah train`");
}
