//! The content of artifacts: one HTML document that draws its numbers by a script
//! of its own. It names nothing outside itself, so it works in a sandbox without an origin.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde_json::json;

/// What the numbers go into.
const DOCUMENT: &str = include_str!("artifact.html");

/// A chart that a run makes: its title, what is counted, and the groups.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) groups: &'static [&'static str],
}

/// The document; the same for the same chart and the same state of `rng`.
pub(super) fn html(chart: &Chart, rng: &mut ChaCha8Rng) -> String {
    let bars: Vec<_> = chart
        .groups
        .iter()
        .map(|name| json!({ "name": name, "value": rng.random_range(4..=96_u32) }))
        .collect();
    let data = json!({ "title": chart.title, "unit": chart.unit, "bars": bars });
    // Text of a script element ends at the first `</script`, whatever is quoted there.
    DOCUMENT.replacen("CHART", &data.to_string().replace('<', "\\u003c"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const CHART: Chart = Chart {
        title: "A </script> in a title",
        unit: "things",
        groups: &["one", "two"],
    };

    fn document(seed: u64) -> String {
        html(&CHART, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    #[test]
    fn a_seed_draws_the_same_document_and_another_seed_other_numbers() {
        assert_eq!(document(1), document(1));
        assert_ne!(document(1), document(2));
    }

    #[test]
    fn the_data_cannot_end_the_script_that_holds_it() {
        let before = DOCUMENT.matches("</script>").count();
        assert_eq!(document(1).matches("</script>").count(), before);
        assert!(document(1).contains("A \\u003c/script> in a title"));
    }

    #[test]
    fn a_document_names_no_address() {
        assert!(!document(1).contains("://") && !document(1).contains("src="));
    }
}
