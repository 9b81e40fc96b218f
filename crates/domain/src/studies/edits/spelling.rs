//! What is a slip of the pen, and what changes the meaning of a text.

/// Most words of one text that may differ in a correction of its spelling.
const MOST_WORDS: usize = 3;

/// Letters of a word that is long enough for two slips.
const LONG: usize = 7;

/// Words that are never mistaken for another, since families decide by them: numbers, negations,
/// and how much is left to them. Contractions are split at the apostrophe, so `don` stands for
/// "don't".
const DECISIVE: &str = "\
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen \
    fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty \
    ninety hundred thousand million half quarter dozen once twice first second third fourth \
    fifth sixth seventh eighth ninth tenth no not never none nor neither nobody nothing \
    nowhere without cannot cant dont wont isnt arent doesnt didnt aren couldn didn doesn don \
    hadn hasn haven isn mustn needn shouldn wasn weren won wouldn must may might can could \
    should shall only always every any all some most least more less before after";

/// Whether a text differs from another by slips of the pen alone: the same number of words, at most
/// three of them changed. Punctuation and capitals are free.
pub fn is_spelling(before: &str, after: &str) -> bool {
    corrected(before, after).is_some_and(|words| words <= MOST_WORDS)
}

/// How many words differ by slips of the pen; nothing where the texts differ by more than that.
pub(super) fn corrected(before: &str, after: &str) -> Option<usize> {
    let (before, after) = (words(before), words(after));
    if before.len() != after.len() {
        return None;
    }
    let changed = before.iter().zip(&after);
    let changed = changed.filter(|(before, after)| before != after);
    let slips = changed.map(|(before, after)| is_slip(before, after).then_some(1));
    slips.sum()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether one word can be the other misspelt: the same first letter, about the same length, and
/// one letter changed, added, taken away or swapped with the next, two in a long word. What stands
/// for a number, or decides the meaning of a sentence, is never that.
fn is_slip(before: &str, after: &str) -> bool {
    let (short, long) = {
        let (one, other) = (before.chars().count(), after.chars().count());
        (one.min(other), one.max(other))
    };
    let may_change = |word: &str| {
        let has_digit = word.chars().any(char::is_numeric);
        !has_digit && DECISIVE.split(' ').all(|decisive| decisive != word)
    };
    let most = if long < LONG { 1 } else { 2 };
    short >= 3
        && long >= 4
        && long - short <= 1
        && before.chars().next() == after.chars().next()
        && may_change(before)
        && may_change(after)
        && strsim::osa_distance(before, after) <= most
}
