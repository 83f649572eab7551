//! What the command line says of itself, and what the documentation says of it.

use clap::{Arg, CommandFactory};
use dashboard_server::config::Config;

/// The flags that are anybody's business.
fn flags() -> Vec<Arg> {
    Config::command()
        .get_arguments()
        .filter(|flag| !flag.is_hide_set())
        .cloned()
        .collect()
}

fn default(flag: &Arg) -> Option<String> {
    let value = flag.get_default_values().first()?;
    Some(value.to_string_lossy().into_owned())
}

fn environment(flag: &Arg) -> String {
    let name = flag.get_env().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[test]
fn each_flag_has_a_twin_in_the_environment_a_line_that_explains_it_and_a_group() {
    let flags = flags();
    assert!(flags.len() > 20, "{}", flags.len());
    for flag in flags {
        let name = flag.get_id();
        assert!(flag.get_long().is_some(), "{name}: no long form");
        assert!(!environment(&flag).is_empty(), "{name}: no variable");
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.len() > 10 && !help.ends_with('.'), "{name}: {help:?}");
        assert!(flag.get_help_heading().is_some(), "{name}: no group");
    }
}

#[test]
fn the_documentation_lists_each_flag_with_its_variable_its_default_and_its_words() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/server.md");
    let documentation = std::fs::read_to_string(path).unwrap();
    let expected: Vec<String> = flags()
        .iter()
        .map(|flag| {
            format!(
                "| `--{}` | `{}` | {} | {} |",
                flag.get_long().unwrap_or_default(),
                environment(flag),
                default(flag).map_or("–".to_owned(), |value| format!("`{value}`")),
                flag.get_help().map(ToString::to_string).unwrap_or_default(),
            )
        })
        .collect();
    let listed: Vec<&str> = documentation
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .collect();
    assert_eq!(
        listed,
        expected,
        "docs/server.md is to say:\n{}",
        expected.join("\n")
    );
}
