package web

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"namets/internal/namets"
)

// maxTyped is the longest text, in bytes, that may contain an address: no address of 254 bytes gets
// longer with non-ASCII letters and surrounding blanks.
const maxTyped = 1024

// Address returns an entered e-mail address in its stored form: without surrounding blanks, and
// with its domain in lower case and in ASCII (Punycode), which exposes letters that only look like
// others. The error is a [namets.Error] for the field email. It makes no network request.
func Address(typed string) (string, error) {
	address := strings.TrimSpace(typed)
	if i := strings.LastIndexByte(address, '@'); i >= 0 && len(typed) <= maxTyped && utf8.ValidString(address) {
		domain, err := idna.Lookup.ToASCII(address[i+1:])
		if err != nil {
			return "", &namets.Error{Code: namets.Invalid, Field: "email",
				Message: "has a part after the @ that is not a domain such as example.org"}
		}
		address = address[:i+1] + domain
	}
	if err := namets.CheckEmail(address); err != nil {
		return "", err
	}
	return address, nil
}
