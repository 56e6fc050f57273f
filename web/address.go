package web

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"namets/internal/namets"
)

// maxTyped is the longest text, in bytes, in which an address is looked for: no address of 254
// bytes gets longer by letters outside ASCII and blanks around it.
const maxTyped = 1024

// Address returns what somebody typed as an e-mail address in the form in which forms store it:
// without blanks around it, and its domain in lower case and in ASCII, where a letter that only
// looks like another one shows (Punycode). The error is a [namets.Error] for the field email. It
// asks nobody.
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
