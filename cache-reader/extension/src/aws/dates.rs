//! Dates in the three notations that AWS uses.

/// `20260101T000000Z`, for signatures.
pub fn basic(millis: i64) -> String {
    let seconds = millis.div_euclid(1000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Milliseconds of `Thu, 01 Jan 2026 00:00:00 GMT`; none if it is something else.
pub fn parse_http(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day = number(words.next()?, 2)?;
    let named = words.next()?;
    let month = MONTHS.iter().position(|month| *month == named)? as i64 + 1;
    let year = number(words.next()?, 4)?;
    let time = of_day(words.next()?)?;
    (words.next() == Some("GMT")).then(|| (days(year, month, day) * 86_400 + time) * 1000)
}

/// Milliseconds of `2026-01-01T00:00:00Z`, with or without a fraction; none if it is something else.
pub fn parse_iso(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let seconds = of_day(time.split('.').next()?)?;
    Some((days(year, month, day) * 86_400 + seconds) * 1000)
}

/// Milliseconds of `20260101T000000Z`; none if it is something else.
pub fn parse_basic(text: &str) -> Option<i64> {
    if text.len() != 16 || !text.is_ascii() {
        return None;
    }
    let part = |from: usize, to: usize| &text[from..to];
    parse_iso(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 15)
    ))
}

fn number(digits: &str, length: usize) -> Option<i64> {
    let is_number = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

fn of_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let mut next = || number(parts.next()?, 2);
    Some(next()? * 3600 + next()? * 60 + next()?)
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // A year that begins in March has its leap day at its end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let in_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year - 719_468
}

fn civil(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day.div_euclid(366);
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 12;
    while days(year, month, 1) > day {
        month -= 1;
    }
    (year, month, day - days(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_in_all_notations() {
        for (millis, text) in [
            (0, "19700101T000000Z"),
            (951_782_399_000, "20000228T235959Z"),
            (951_782_400_000, "20000229T000000Z"),
            (1_767_225_600_000, "20260101T000000Z"),
            (1_798_761_599_000, "20261231T235959Z"),
            (4_107_542_400_000, "21000301T000000Z"),
        ] {
            assert_eq!(basic(millis), text);
            assert_eq!(parse_basic(text), Some(millis));
        }
        assert_eq!(parse_http("Thu, 01 Jan 2026 00:00:00 GMT"), Some(1_767_225_600_000));
        assert_eq!(parse_iso("2026-01-01T00:00:00.123Z"), Some(1_767_225_600_000));
        for text in ["", "Thu, 01 Jan 2026 00:00:00 UTC", "Thu, 1 Jan 2026 00:00:00 GMT", "20260101T000000é"] {
            assert_eq!(parse_http(text).or(parse_basic(text)).or(parse_iso(text)), None, "{text}");
        }
    }
}
