package types

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValidateText checks a text for people: valid UTF-8 without control characters, at most max bytes, and not empty if required.
func ValidateText(field, text string, max uint32, required bool) error {
	if required && text == "" {
		return ErrInvalidText.Wrapf("%s: expected a text, found none", field)
	}
	if len(text) > int(max) {
		return ErrInvalidText.Wrapf("%s: expected at most %d bytes, found %d", field, max, len(text))
	}
	if !utf8.ValidString(text) {
		return ErrInvalidText.Wrapf("%s: expected valid UTF-8", field)
	}
	for at, char := range text {
		if unicode.IsControl(char) {
			return ErrInvalidText.Wrapf("%s: expected no control characters, found %U at byte %d", field, char, at)
		}
	}
	return nil
}

// ValidateURI checks length and scheme (http, https or assay) and that something follows it in printable ASCII. Whether
// anything answers there is for clients to find out; to them every uri is hostile.
func ValidateURI(field, uri string, max uint32) error {
	if len(uri) > int(max) {
		return ErrInvalidURI.Wrapf("%s: expected at most %d bytes, found %d", field, max, len(uri))
	}
	scheme, rest, found := strings.Cut(uri, "://")
	if !found || (scheme != "http" && scheme != "https" && scheme != "assay") {
		return ErrInvalidURI.Wrapf("%s: expected http://, https:// or assay:// at the start, found %q", field, uri)
	}
	if rest == "" {
		return ErrInvalidURI.Wrapf("%s: expected something after %s://, found nothing", field, scheme)
	}
	for at := 0; at < len(uri); at++ {
		if uri[at] <= ' ' || uri[at] > '~' {
			return ErrInvalidURI.Wrapf("%s: expected printable ASCII without spaces, found the byte %#x at %d", field, uri[at], at)
		}
	}
	return nil
}

// ValidateHash checks the length of a digest or root.
func ValidateHash(field string, hash []byte) error {
	if len(hash) != HashSize {
		return ErrInvalidDigest.Wrapf("%s: expected %d bytes, found %d", field, HashSize, len(hash))
	}
	return nil
}
