package namets

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// CheckEmail returns an [Error] when address, which is trimmed, cannot be one that e-mail is sent
// to. Its domain may be in Unicode or in ASCII (Punycode). It asks nobody.
func CheckEmail(address string) error {
	local, domain, found := cutAddress(address)
	if found && len(address) <= maxTypedAddress && !isASCII(domain) {
		ascii, ok := plainASCII(domain)
		if !ok {
			return emailError("has a part after the @ that is not a domain such as example.org")
		}
		domain, address = ascii, local+"@"+ascii
	}
	switch {
	case address == "":
		return emailError("must not be empty")
	case !found || local == "" || domain == "":
		return emailError("is not an address of the form name@example.org")
	case len(address) > 254 || len(local) > 64:
		return emailError("is too long for an e-mail address")
	case strings.ContainsFunc(address, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == 0x7f }):
		return emailError("must consist of plain letters, digits and signs, without blanks")
	case strings.ContainsAny(local, `"(),:;<>@[\]`) || dotted(local):
		return emailError("has a part before the @ that no mail server takes")
	case !validDomain(domain):
		return emailError("has a part after the @ that is not a domain such as example.org")
	}
	return nil
}

// maxTypedAddress is the longest text, in bytes, that may be an address with a domain in Unicode.
const maxTypedAddress = 1024

// plainASCII returns the ASCII form of a domain that is typed in letters of other scripts, and
// false when it holds anything but letter case that this form would silently replace: full-width
// letters, dots of other scripts, invisible characters.
func plainASCII(domain string) (ascii string, ok bool) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", false
	}
	text, err := idna.Lookup.ToUnicode(ascii)
	return ascii, err == nil && text == folded(domain)
}

func emailError(message string) error { return &Error{Code: Invalid, Field: "email", Message: message} }

// cutAddress cuts an address at its last @.
func cutAddress(s string) (local, domain string, found bool) {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// dotted reports whether s has a dot where none may be.
func dotted(s string) bool {
	return strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..")
}

// validDomain reports whether s is a host name of at least two labels and no network address.
func validDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		wrong := strings.ContainsFunc(l, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
		})
		if wrong || l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}
