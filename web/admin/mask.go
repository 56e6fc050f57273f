package admin

import (
	"strings"
	"unicode/utf8"

	"namets/internal/namets"
)

// email returns the address as the user may see it: viewers see its first letter and its domain.
func (v *visit) email(address string) string {
	if v.may(namets.Editor) {
		return address
	}
	return masked(address)
}

// phone returns the number as the user may see it: viewers see its last two digits.
func (v *visit) phone(number string) string {
	if v.may(namets.Editor) || number == "" {
		return number
	}
	return "•••" + number[max(len(number)-2, 0):]
}

func masked(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "•••"
	}
	_, size := utf8.DecodeRuneInString(address[:at])
	return address[:size] + "•••" + address[at:]
}
