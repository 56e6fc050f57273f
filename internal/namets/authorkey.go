package namets

import "strings"

// maxKey is the maximum length of an author's key.
const maxKey = 128

// CheckKey returns an [Error] for the field key if key is not a valid key: the name that the author
// of a workflow gives to a row or a hook. A key contains no @, because it outlives its row.
func CheckKey(key string) error {
	odd := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("._~:-", r)
	}
	switch {
	case key == "" || len(key) > maxKey || strings.ContainsFunc(key, odd):
		return &Error{Code: Invalid, Field: "key", Message: "takes 1 to 128 of the characters A-Z a-z 0-9 . _ ~ : -"}
	case key == "." || key == "..": // clients remove it from the path
		return &Error{Code: Invalid, Field: "key", Message: "must not be . or .., which no URL can name"}
	}
	return nil
}
