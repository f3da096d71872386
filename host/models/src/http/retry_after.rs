//! The header `Retry-After` (RFC 9110, section 10.2.3).

use cowork_domain::Timestamp;
use std::time::Duration;

/// Reads it: seconds, or an HTTP date, which counts from `now`. `None` if it is neither.
pub(super) fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    // Some providers send fractions, which the standard does not know.
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_seconds_or_a_date() {
        let now = "2015-10-21T07:28:00Z".parse().expect("time");
        let millis = |text| parse(text, now).map(|duration| duration.as_millis());
        assert_eq!(millis(" 3 "), Some(3_000));
        assert_eq!(millis("0.5"), Some(500));
        assert_eq!(millis("Wed, 21 Oct 2015 07:28:30 GMT"), Some(30_000));
        assert_eq!(millis("Wed, 21 Oct 2015 07:27:00 GMT"), Some(0));
        for bad in ["-1", "NaN", "inf", "soon", ""] {
            assert_eq!(millis(bad), None, "{bad}");
        }
    }
}
