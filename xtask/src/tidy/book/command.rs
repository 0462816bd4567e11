//! A line of shell as far as a page shows one: the words of the program's own command in it. Runs nothing.

const PROGRAM: &str = "lifeboat";

/// The words of the command on a line, the program's name first; nothing where the line is no command of it. What the
/// shell does with the command's output, and what follows it, is left out.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let line = line.trim_start();
    let line = line.strip_prefix("$ ").unwrap_or(line);
    if line.split_whitespace().next() != Some(PROGRAM) {
        return None;
    }
    // A line that is no shell at all (a quote that does not end) is still held against the program.
    let split = shlex::split(line).unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect());
    let mut words = Vec::new();
    for word in split {
        if matches!(word.as_str(), ">" | ">>" | "<" | "|" | "&&" | "||" | "&" | ";") {
            break;
        }
        let ends = word.ends_with(';');
        words.push(word.trim_end_matches(';').to_owned());
        if ends {
            break;
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<String> {
        words(line).map(|words| words.join(","))
    }

    #[test]
    fn only_the_programs_own_words_are_left() {
        for (line, expected) in [
            ("lifeboat status", "lifeboat,status"),
            ("$ lifeboat status   # both regions", "lifeboat,status"),
            ("lifeboat status --at-offset 300; echo $?", "lifeboat,status,--at-offset,300"),
            ("lifeboat plan failover > failover.sh", "lifeboat,plan,failover"),
            ("lifeboat status --json | jq .regions", "lifeboat,status,--json"),
            (
                "lifeboat run failover --confirm \"failover shop us-east-2\"",
                "lifeboat,run,failover,--confirm,failover shop us-east-2",
            ),
        ] {
            assert_eq!(told(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_programs_and_sentences_are_left_alone() {
        for line in ["cargo run", "", "the lifeboat status", "lifeboat-tui", "lifeboat.toml"] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
