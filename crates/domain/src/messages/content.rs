//! What an email says, and how that becomes plain text and HTML.

const FAREWELL: &str = "Lookit: families and researchers find out together how children think.";

/// What an email needs from outside to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailContext {
    /// Origin of the site, without a slash at the end.
    pub origin: String,
    /// What to call the person; may be empty.
    pub name: String,
    /// The whole address of the signed link, for emails that have one.
    pub link: String,
    /// The code that proves the address, for the email that has one.
    pub code: String,
}

impl EmailContext {
    /// A page of the site.
    pub(super) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// An email as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedEmail {
    /// Subject, without line breaks.
    pub subject: String,
    /// Paragraphs with blank lines between, for mail programs without HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Subject and body, without greeting and farewell.
#[derive(Debug, Default)]
pub(super) struct Content {
    subject: String,
    blocks: Vec<Block>,
}

#[derive(Debug)]
enum Block {
    Paragraph(String),
    Code(String),
    Button {
        label: &'static str,
        address: String,
    },
}

impl Content {
    /// An email with a subject. Names in it may come from people, so line breaks are taken out.
    pub(super) fn new(subject: impl AsRef<str>) -> Self {
        Self {
            subject: subject
                .as_ref()
                .chars()
                .filter(|c| !c.is_control())
                .collect(),
            blocks: Vec::new(),
        }
    }

    pub(super) fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Paragraph(text.into()));
        self
    }

    /// Digits to be typed.
    pub(super) fn code(mut self, digits: &str) -> Self {
        self.blocks.push(Block::Code(digits.to_owned()));
        self
    }

    pub(super) fn button(mut self, label: &'static str, address: impl Into<String>) -> Self {
        self.blocks.push(Block::Button {
            label,
            address: address.into(),
        });
        self
    }

    /// What somebody wrote along with a decision; nothing where nobody wrote anything.
    pub(super) fn comment(self, comment: &str) -> Self {
        if comment.is_empty() {
            self
        } else {
            self.paragraph(format!("They write: {comment}"))
        }
    }

    pub(super) fn render(self, frame: &EmailContext) -> RenderedEmail {
        let greeting = if frame.name.is_empty() {
            "Hello,".to_owned()
        } else {
            format!("Hello {},", frame.name)
        };
        let mut text = vec![greeting.clone()];
        let mut body = vec![format!("<p>{}</p>", escape(&greeting))];
        for block in &self.blocks {
            text.push(block.text());
            body.push(block.html());
        }
        text.push(format!("-- \n{FAREWELL}\n{}", frame.origin));
        RenderedEmail {
            text: format!("{}\n", text.join("\n\n")),
            html: page(&self.subject, &body.concat(), &frame.origin),
            subject: self.subject,
        }
    }
}

impl Block {
    fn text(&self) -> String {
        match self {
            Self::Paragraph(text) | Self::Code(text) => text.clone(),
            Self::Button { label, address } => format!("{label}:\n{address}"),
        }
    }

    fn html(&self) -> String {
        match self {
            Self::Paragraph(text) => format!("<p>{}</p>", with_breaks(text)),
            Self::Code(digits) => format!(
                "<p style=\"font-size:28px;letter-spacing:4px\"><strong>{}</strong></p>",
                escape(digits)
            ),
            Self::Button { label, address } => format!(
                concat!(
                    "<p><a href=\"{0}\" style=\"display:inline-block;padding:12px 20px;",
                    "border-radius:6px;background:#0f6f77;color:#ffffff;text-decoration:none\">",
                    "{1}</a></p>",
                    "<p style=\"font-size:14px\">If the button does not work, ",
                    "copy this address into your browser:<br>{0}</p>",
                ),
                escape(address),
                escape(label)
            ),
        }
    }
}

/// The whole HTML document. Mail programs drop style sheets, so styles stand at the elements.
fn page(subject: &str, body: &str, origin: &str) -> String {
    format!(
        concat!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width\">",
            "<title>{subject}</title></head>",
            "<body style=\"margin:0;padding:24px;font-family:sans-serif;font-size:17px;",
            "line-height:1.5;color:#20232c;background:#fdfbf7\">",
            "<div style=\"max-width:560px;margin:0 auto\">{body}",
            "<hr style=\"border:0;border-top:1px solid #ddd8cf\">",
            "<p style=\"font-size:14px;color:#5d6270\">{farewell}<br>",
            "<a href=\"{origin}\" style=\"color:#0f6f77\">{origin}</a></p>",
            "</div></body></html>\n",
        ),
        subject = escape(subject),
        body = body,
        farewell = escape(FAREWELL),
        origin = escape(origin)
    )
}

/// A text that somebody wrote on several lines. A blank line parts two paragraphs.
fn with_breaks(text: &str) -> String {
    escape(text)
        .replace("\n\n", "</p><p>")
        .replace('\n', "<br>")
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                other => escaped.push(other),
            }
            escaped
        })
}
