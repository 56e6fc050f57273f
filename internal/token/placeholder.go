package token

import "strings"

// isPlaceholder reports whether value, printable ASCII, is a placeholder from an example or a
// template: `changeme`, `your_api_token_here`, or one repeated piece. It is very unlikely for a
// random token.
func isPlaceholder(value string) bool {
	if isRepetition(value) {
		return true
	}
	letters := squash(value)
	for _, phrase := range placeholderPhrases() {
		if strings.Contains(letters, phrase) {
			return true
		}
	}
	return isFiller(letters)
}

// isRepetition reports whether value repeats one piece of up to half its length.
func isRepetition(value string) bool {
	for period := 1; period <= len(value)/2 && period <= 32; period++ {
		if value[period:] == value[:len(value)-period] {
			return true
		}
	}
	return false
}

// squash returns the letters of value in lower case and its digits, without the characters between
// them.
func squash(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, value)
}

// isFiller reports whether letters consists of at least one filler word and at most 8 digits. A
// value without letters and digits is only punctuation, which is filler as well.
func isFiller(letters string) bool {
	if letters == "" {
		return true
	}
	const maxDigits = 8
	// fewest[i] is the smallest number of digits outside of words in any reading of the first i
	// characters; -1 means no reading.
	fewest := make([]int, len(letters)+1)
	words := fillerWords()
	hasWord := false
	for i := 1; i <= len(letters); i++ {
		fewest[i] = -1
		if c := letters[i-1]; c >= '0' && c <= '9' && fewest[i-1] >= 0 {
			fewest[i] = fewest[i-1] + 1
		}
		for _, word := range words {
			start := i - len(word)
			if start < 0 || fewest[start] < 0 || letters[start:i] != word {
				continue
			}
			hasWord = true
			if fewest[i] < 0 || fewest[start] < fewest[i] {
				fewest[i] = fewest[start]
			}
		}
	}
	end := fewest[len(letters)]
	return hasWord && end >= 0 && end <= maxDigits
}

// placeholderPhrases are long enough never to occur in a random token.
func placeholderPhrases() []string {
	return []string{
		"changeme", "changethis", "changeit", "replaceme", "replacethis", "replacewith", "placeholder", "yourtoken",
		"yoursecret",
		"yourapitoken", "yourapikey", "yourn8n", "yournamets", "inserttoken", "insertyour", "putyour", "pasteyour",
		"enteryour", "tokenhere", "secrethere",
		"exampletoken", "apitokenhere", "xxxxxxxx",
	}
}

// fillerWords are meaningless in any order.
func fillerWords() []string {
	return []string{
		"a", "admin", "an", "api", "apikey", "auth", "bearer", "change", "default", "demo", "dev", "dummy", "enter",
		"example", "fake", "fill", "fixme",
		"foo", "bar", "baz", "generate", "generated", "go", "goes", "header", "here", "in", "insert", "is", "it", "key",
		"me", "my", "n8n", "namets",
		"new", "nil", "none", "null", "of", "password", "paste", "please", "prod", "production", "put", "qwerty",
		"random", "real", "replace",
		"sample", "secret", "secure", "set", "some", "string", "super", "test", "testing", "the", "this", "to", "todo",
		"token", "undefined", "use",
		"value", "webhook", "with", "x", "xxx", "your",
	}
}
