//! What stands in frames on a page.

use crate::frame::Frame;
use crate::models::{RECOGNISE, Reading};
use crate::{picture, strip};
use cowork_tool::{Error, parallel};
use image::RgbImage;

/// Parts for each that runs at once: with more of them all end at about the same time, but each loads the model.
const SHARES: usize = 2;
/// More parts than this would take more memory at once than a call has.
const MOST: usize = 8;

/// Lines that are read at once: their strips pass to the host together.
const LINES: usize = 200;

/// Reads each frame, in the order in which they are given.
pub(crate) fn recognise(page: &RgbImage, frames: &[Frame]) -> Result<Vec<Reading>, Error> {
    let mut readings = Vec::with_capacity(frames.len());
    for some in frames.chunks(LINES) {
        readings.extend(side_by_side(page, some)?);
    }
    Ok(readings)
}

fn side_by_side(page: &RgbImage, frames: &[Frame]) -> Result<Vec<Reading>, Error> {
    let strips: Vec<RgbImage> = frames.iter().map(|frame| strip::cut(page, frame)).collect();
    let shares = shares(
        &strips.iter().map(RgbImage::width).collect::<Vec<_>>(),
        (SHARES * parallel::width()).min(MOST),
    );
    let input = |share: &Vec<usize>| share.iter().flat_map(|at| picture::to_bytes(&strips[*at])).collect();
    let outputs = RECOGNISE.over(shares.iter().map(input).collect())?;
    let mut readings = vec![Reading::default(); strips.len()];
    for (share, output) in shares.iter().zip(outputs) {
        let read: Vec<Reading> = serde_json::from_slice(&output).map_err(Error::failed)?;
        for (at, reading) in share.iter().zip(read) {
            readings[*at] = reading;
        }
    }
    Ok(readings)
}

/// So many shares of about the same length together, the longest lines given out first; fewer if there are few lines.
fn shares(lengths: &[u32], count: usize) -> Vec<Vec<usize>> {
    let mut longest_first: Vec<usize> = (0..lengths.len()).collect();
    longest_first.sort_by_key(|at| std::cmp::Reverse(lengths[*at]));
    let mut shares = vec![(0_u64, Vec::new()); count.max(1)];
    for at in longest_first {
        if let Some((length, share)) = shares.iter_mut().min_by_key(|(length, _)| *length) {
            *length += u64::from(lengths[at]);
            share.push(at);
        }
    }
    shares.into_iter().map(|(_, share)| share).filter(|share| !share.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_a_size() {
        let shares = shares(&[100, 900, 400, 500, 300], 2);
        assert_eq!(shares, [vec![1, 4], vec![3, 2, 0]]);
    }

    #[test]
    fn there_are_no_empty_shares() {
        assert_eq!(shares(&[5], 4), [vec![0]]);
        assert_eq!(shares(&[], 4), Vec::<Vec<usize>>::new());
    }
}
