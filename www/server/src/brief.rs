//! Texts of clients that are kept, logged or said back: cut where they are longer than any honest one.
//!
//! hyper takes headers of some 400 KB. A log of a thousand requests would keep as many of those.

use std::borrow::Cow;

/// The most bytes of such a text: more than an id of ours, a client's name or the id of another server has.
pub const MOST: usize = 256;

/// The text, or its first [`MOST`] bytes at most and `…`.
pub fn brief(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST {
        return text.into();
    }
    let (kept, _) = text.split_at(text.floor_char_boundary(MOST));
    format!("{kept}…").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_honest_length_is_kept_as_it_is() {
        let text = "ü".repeat(MOST / 2);
        assert_eq!(brief(&text), text);
    }

    #[test]
    fn a_longer_one_is_cut_between_two_characters() {
        let text = format!("x{}", "ü".repeat(MOST));
        let expected = format!("x{}…", "ü".repeat((MOST - 1) / 2));
        assert_eq!(brief(&text), expected);
    }
}
