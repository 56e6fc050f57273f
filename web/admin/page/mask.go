package page

import (
	"strings"
	"unicode/utf8"

	"namets/internal/namets"
)

// Email returns the address as the user may see it: viewers see its first letter and its domain.
func (v *Visit) Email(address string) string {
	if v.May(namets.Editor) {
		return address
	}
	return masked(address)
}

// Phone returns the number as the user may see it: viewers see its last two digits.
func (v *Visit) Phone(number string) string {
	if v.May(namets.Editor) || number == "" {
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
