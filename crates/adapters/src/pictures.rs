//! Pictures that people send: read within limits and encoded again, so that nothing but pixels
//! remains.

use std::io::Cursor;

use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};

/// Largest file, in bytes.
pub const LARGEST_FILE: usize = 4 * 1024 * 1024;
/// Largest width and height, in pixels.
pub const LARGEST_SIDE: u32 = 6000;
/// Most memory that the pixels of one picture may take, in bytes: 24 million pixels in colour.
const MEMORY: u64 = 72 * 1024 * 1024;

/// Why a picture was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not one of the formats that are read.
    #[error("this file is not a PNG, JPEG or WebP picture")]
    Format,
    /// Too many pixels or bytes.
    #[error("this picture is too large")]
    TooLarge,
    /// It can't be read to its end.
    #[error("this picture is damaged")]
    Damaged,
}

impl PictureError {
    /// What to do about it, for the person who sent it.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Format => "Please choose a PNG, JPEG or WebP picture.",
            Self::TooLarge => {
                "This picture is too large. \
                 Please choose one of at most 4 MB and 6000 pixels a side."
            }
            Self::Damaged => {
                "This picture can't be read to its end. Please save it again, then upload the new \
                 file."
            }
        }
    }
}

/// A picture that was read, upright.
pub struct Picture(DynamicImage);

impl Picture {
    /// Width and height are checked before any pixel is unpacked, so that a small file with a huge
    /// picture in it costs nothing. How the camera was held is applied, then forgotten with all
    /// else that the file told.
    pub fn read(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.len() > LARGEST_FILE {
            return Err(PictureError::TooLarge);
        }
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|_| PictureError::Format)?;
        if !matches!(
            reader.format(),
            Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)
        ) {
            return Err(PictureError::Format);
        }
        let mut limits = Limits::default();
        limits.max_image_width = Some(LARGEST_SIDE);
        limits.max_image_height = Some(LARGEST_SIDE);
        limits.max_alloc = Some(MEMORY);
        reader.limits(limits);
        let refuse = |error: image::ImageError| {
            if matches!(error, image::ImageError::Limits(_)) {
                PictureError::TooLarge
            } else {
                PictureError::Damaged
            }
        };
        let mut decoder = reader.into_decoder().map_err(refuse)?;
        let orientation = decoder.orientation().map_err(refuse)?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(refuse)?;
        image.apply_orientation(orientation);
        Ok(Self(image))
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.0.width(), self.0.height())
    }

    /// The picture as PNG, made smaller where it does not fit into `width` by `height`.
    pub fn encode(self, width: u32, height: u32) -> Result<Vec<u8>, PictureError> {
        let image = if self.0.width() > width || self.0.height() > height {
            self.0.resize(width, height, FilterType::CatmullRom)
        } else {
            self.0
        };
        let pixels = image.to_rgba8();
        let mut file = Vec::new();
        PngEncoder::new(&mut file)
            .write_image(
                pixels.as_raw(),
                pixels.width(),
                pixels.height(),
                image::ExtendedColorType::Rgba8,
            )
            .map_err(|_| PictureError::Damaged)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        Picture(DynamicImage::new_rgb8(width, height))
            .encode(width, height)
            .unwrap()
    }

    #[test]
    fn pictures_are_made_smaller_and_keep_their_shape() {
        let read = Picture::read(&png(300, 100)).unwrap();
        assert_eq!(read.size(), (300, 100));
        assert_eq!(
            Picture::read(&read.encode(60, 60).unwrap()).unwrap().size(),
            (60, 20)
        );
    }

    #[test]
    fn what_a_file_tells_besides_its_pixels_is_gone() {
        let mut file = png(10, 10);
        // A text chunk after the header, as cameras and editors write them.
        let text = b"Comment\0taken at home";
        let mut chunk = u32::try_from(text.len()).unwrap().to_be_bytes().to_vec();
        let body = [b"tEXt".as_slice(), text].concat();
        chunk.extend_from_slice(&body);
        chunk.extend_from_slice(&crc(&body).to_be_bytes());
        file.splice(33..33, chunk);
        assert!(file.windows(13).any(|part| part == b"taken at home"));
        let clean = Picture::read(&file).unwrap().encode(10, 10).unwrap();
        assert!(!clean.windows(13).any(|part| part == b"taken at home"));
    }

    #[test]
    fn bombs_and_other_files_are_refused_before_they_are_unpacked() {
        let mut bomb = png(1, 1);
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let checksum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(Picture::read(&bomb).err(), Some(PictureError::TooLarge));
        assert_eq!(
            Picture::read(b"<svg onload=alert(1)>").err(),
            Some(PictureError::Format)
        );
        assert_eq!(
            Picture::read(b"GIF89a\x01\0\x01\0\0\0\0;").err(),
            Some(PictureError::Format)
        );
        assert_eq!(
            Picture::read(&png(10, 10)[..40]).err(),
            Some(PictureError::Damaged)
        );
        assert_eq!(
            Picture::read(&vec![0; LARGEST_FILE + 1]).err(),
            Some(PictureError::TooLarge)
        );
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |mut crc, byte| {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 {
                    (crc >> 1) ^ 0xEDB8_8320
                } else {
                    crc >> 1
                };
            }
            crc
        })
    }
}
