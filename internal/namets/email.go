package namets

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// EmailKey returns the identity of a mailbox: two spellings of an address are the same mailbox if
// their keys are equal. The key is in lower case and normalized (NFC), and its domain is in ASCII
// (Punycode). It is a key and not an address: the address is stored and served as it was typed.
// EmailKey accepts any text; the key of a key is the same key.
func EmailKey(email string) string {
	if isASCII(email) {
		return strings.ToLower(email)
	}
	local, domain, found := cutAddress(folded(email))
	if !found {
		return local
	}
	return local + "@" + asciiDomain(domain)
}

// EmailText returns the key with its domain in Unicode, the form in which people search for an
// address. For nearly all addresses it equals the key.
func EmailText(email string) string {
	key := EmailKey(email)
	local, domain, found := cutAddress(key)
	if !found || !strings.Contains(domain, "xn--") {
		return key
	}
	text, err := mailDomain().ToUnicode(domain)
	if err != nil {
		return key
	}
	return local + "@" + text
}

// EmailKeys returns the key of the address, followed by other keys under which earlier versions,
// which compared addresses only by letter case, may have stored the mailbox. For nearly all
// addresses there is only one key.
func EmailKeys(email string) []string {
	keys := []string{EmailKey(email)}
	for _, form := range []string{strings.ToLower(email), EmailText(email), norm.NFD.String(EmailText(email))} {
		if !slices.Contains(keys, form) {
			keys = append(keys, form)
		}
	}
	return keys
}

// EmailASCII returns the address with its domain in ASCII, as browsers submit an e-mail field. The
// letter case before the @ is kept.
func EmailASCII(email string) string {
	local, domain, found := cutAddress(email)
	if !found || isASCII(domain) {
		return email
	}
	return local + "@" + asciiDomain(domain)
}

// SearchKey returns the form of a search term that matches [EmailText].
func SearchKey(part string) string {
	if isASCII(part) {
		return strings.ToLower(part)
	}
	return folded(part)
}

// CheckEmail returns an [Error] if e-mail cannot be sent to address, which is trimmed. Its domain
// may be in Unicode or in ASCII (Punycode). It makes no network request.
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

// plainASCII returns the ASCII form of a domain in another script. It returns false if the domain
// contains anything but letter case that this form would silently replace: full-width letters, dots
// of other scripts, invisible characters.
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

// dotted reports whether s has a dot in an invalid place.
func dotted(s string) bool {
	return strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..")
}

// validDomain reports whether s is a host name with at least two labels and not a network address.
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

// folded returns s in lower case and in NFC.
func folded(s string) string { return norm.NFC.String(strings.ToLower(norm.NFC.String(s))) }

// asciiDomain returns the domain in ASCII as far as possible. Other text stays nearly unchanged, so
// that imported addresses of any form have a key.
func asciiDomain(domain string) string {
	if !utf8.ValidString(domain) {
		return domain
	}
	ascii, err := mailDomain().ToASCII(domain)
	if err != nil || ascii == "" {
		return domain
	}
	return ascii
}

// mailDomain maps like browsers and resolvers (UTS #46) and refuses nothing that it can map.
func mailDomain() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false),
		idna.ValidateLabels(false),
		idna.CheckHyphens(false), idna.CheckJoiners(false), idna.VerifyDNSLength(false))
}

// isASCII reports whether s consists of ASCII alone.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
