//! Pictures on their way to a part of a call: width and height, then red, green and blue of each pixel.

use cowork_tool::Error;
use image::RgbImage;

/// A picture as bytes.
pub(crate) fn to_bytes(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + picture.as_raw().len());
    bytes.extend(picture.width().to_le_bytes());
    bytes.extend(picture.height().to_le_bytes());
    bytes.extend(picture.as_raw());
    bytes
}

/// All pictures that bytes hold, one after the other.
pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Vec<RgbImage>, Error> {
    let mut pictures = Vec::new();
    while !bytes.is_empty() {
        let (picture, rest) = first(bytes).ok_or_else(|| Error::failed("a part got half a picture"))?;
        pictures.push(picture);
        bytes = rest;
    }
    Ok(pictures)
}

fn first(bytes: &[u8]) -> Option<(RgbImage, &[u8])> {
    let (width, rest) = bytes.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let [width, height] = [width, height].map(|number| u32::from_le_bytes(*number));
    let size = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
    let (pixels, rest) = rest.split_at_checked(size)?;
    Some((RgbImage::from_raw(width, height, pixels.to_vec())?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_arrive_as_they_were_sent() {
        let sent = [RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8, 7])), RgbImage::new(1, 5)];
        let bytes = [to_bytes(&sent[0]), to_bytes(&sent[1])].concat();
        assert_eq!(from_bytes(&bytes).expect("two pictures"), sent);
        assert!(from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }
}
