package token

import (
	"regexp"
	"strings"
)

// lookalike says what a trimmed, non-empty value looks like instead of a token, as the end of a
// sentence that says what would be right. It returns "" if the value looks like a token. The result
// never contains the value.
//
// Random values in hex, base64 (also with = at the end), base64url, base32 and UUIDs, with or
// without a prefix such as ghp_ or xoxb-, and JSON web tokens look like tokens.
func lookalike(value string) string {
	switch {
	case isQuoted(value):
		return "is in quotation marks, which would be part of it: remove them"
	case isSchemed(value):
		return "begins with an authentication scheme, as a whole header does: give the token alone"
	case isTemplate(value):
		return "is a placeholder or a reference that nothing has filled in: give the token itself"
	case isAssignment(value):
		return "looks like NAME=value: give only what is after the ="
	case isHash(value):
		return "looks like the hash of a password: give the token itself"
	case isReference(value):
		return "looks like a reference to a secret that is kept elsewhere, which nothing has looked up: " +
			"give the token itself"
	case isPath(value):
		return "looks like the path of a file or of a secret: " +
			"give the token itself, or the path of its file in N8N_API_TOKEN_FILE"
	}
	return ""
}

// isQuoted reports whether value begins or ends with a quotation mark of any kind.
func isQuoted(value string) bool {
	const quotes = "\"'`“”„‟‘’‚‛«»‹›「」＂＇"
	return strings.ContainsAny(firstRune(value), quotes) || strings.ContainsAny(lastRune(value), quotes)
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func lastRune(s string) string {
	r := []rune(s)
	return string(r[max(len(r)-1, 0):])
}

// isSchemed reports whether value is the value of an Authorization header.
func isSchemed(value string) bool {
	scheme, _, ok := strings.Cut(value, " ")
	switch strings.ToLower(scheme) {
	case "bearer", "basic", "token", "apikey":
		return ok
	}
	return false
}

var (
	// ${NAME}, $(command), {{ expression }}, <% expression %>, #{NAME}, %{NAME}, @{NAME} anywhere
	// in the value.
	expression = regexp.MustCompile(`\$\{.*\}|\$\([A-Za-z_][\w ./-]*\)|\{\{.*\}\}|<%.*%>|[#%@]\{.*\}`)
	// __NAME__, @@NAME@@, ##NAME##, @NAME@, !NAME!: names between marks.
	marked = regexp.MustCompile(`^(__|@@?|##?|!|~~)[A-Za-z][A-Za-z0-9_.-]*(__|@@?|##?|!|~~)$`)
	// $NAME, $name_of_it, $env:NAME.
	variable = regexp.MustCompile(`^\$(\w+:\w+|[A-Z0-9_]+|[a-z]+|[a-z][a-z0-9]*(_[a-z0-9]+)+)$`)
	// process.env.NAME, secrets.NAME, var.name: a variable of a program or a template.
	member = regexp.MustCompile(
		`^(process\.env|os\.environ|import\.meta\.env|secrets?|env|vars?|local|inputs|steps|data|module|` +
			`\$?\.?Values|\.Env)(\.[A-Za-z_][A-Za-z0-9_-]*)+$`)
	// !secret name, !Ref Name, !vault |: a tag of YAML.
	tag = regexp.MustCompile(`^![A-Za-z][\w:/.-]*\s`)
)

// isTemplate reports whether value is, or contains, an unresolved variable or expression.
func isTemplate(value string) bool {
	first, last := value[0], value[len(value)-1]
	return first == '<' && last == '>' || first == '[' && last == ']' || first == '%' && last == '%' ||
		first == '{' && last == '}' ||
		strings.HasPrefix(value, "${") || strings.HasPrefix(value, "$(") || strings.HasPrefix(value, "{{") ||
		expression.MatchString(value) || marked.MatchString(value) || variable.MatchString(value) ||
		member.MatchString(value) || tag.MatchString(value)
}

// assignment is NAME=value. What follows the first = must begin with something else than =, as
// base64 ends with it.
var assignment = regexp.MustCompile(`^(?:export\s+|set\s+|-e\s*|--env[= ])?([A-Za-z_][A-Za-z0-9_.-]*)\s*:?=\s*[^=\s]`)

func isAssignment(value string) bool {
	m := assignment.FindStringSubmatch(value)
	return m != nil && len(m[1]) >= 3 && (isWords(m[1]) || m[1] == strings.ToUpper(m[1]))
}

var (
	// $2a$10$…, $argon2id$v=19$…, pbkdf2_sha256$600000$…
	hash = regexp.MustCompile(
		`^(\$(1|2[abxy]?|5|6|7|g?y|md5|sha\d*|apr1|argon2\w*|s?crypt|bcrypt[\w-]*|pbkdf2[\w-]*|[PHS])\$|` +
			`[a-z][a-z0-9_]{2,20}\$\d+\$)\S`)
	// {SSHA}…, {bcrypt}…
	ldapHash = regexp.MustCompile(`^\{(?i:s?sha\d*|s?md5|crypt|bcrypt|scrypt|argon2(@\w+)?|pbkdf2[\w@-]*|noop)\}`)
)

func isHash(value string) bool { return hash.MatchString(value) || ldapHash.MatchString(value) }

var (
	// word: and scheme://, of two letters and more: op://…, vault:…, arn:aws:…, ref+vault://…
	schemeWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+.-]+:`)
	// ENC[…], env(…), @Microsoft.KeyVault(…: a call.
	call     = regexp.MustCompile(`^[A-Za-z]{2,}[\w.:-]*(\(.*\)|\[.*\]|\{.*\})$`)
	hostCall = regexp.MustCompile(`^@[A-Za-z][\w.]*\(`)
)

func isReference(value string) bool {
	return schemeWord.MatchString(value) || strings.Contains(value, "://") ||
		call.MatchString(value) || hostCall.MatchString(value) ||
		strings.HasPrefix(value, "$ANSIBLE_VAULT;") || strings.HasPrefix(value, "-----BEGIN")
}

var (
	// ./…, ../…, ~/…, C:\…, \\server: nothing random begins so.
	localPath = regexp.MustCompile(`^(\.\.?[/\\]|~\w*[/\\]|[A-Za-z]:[/\\]|\\\\)`)
	extension = regexp.MustCompile(`\.[A-Za-z][A-Za-z0-9]{1,9}$`)
)

// isPath reports whether value is a path of at least two segments. Base64 contains slashes, too.
// The difference is that the segments of a path are words, or that one of them is a typical word in
// paths.
func isPath(value string) bool {
	if strings.ContainsAny(value, "/\\") && localPath.MatchString(value) {
		return true
	}
	segments := strings.FieldsFunc(value, func(r rune) bool { return r == '/' || r == '\\' })
	if len(segments) < 2 || strings.ContainsAny(value, "+=") {
		return false
	}
	if extension.MatchString(segments[len(segments)-1]) {
		return true
	}
	words := true
	for _, s := range segments {
		if isPathWord(s) {
			return true
		}
		words = words && isWords(s) && isSpeakable(s)
	}
	return words
}

// isPathWord reports whether s is a typical segment in paths of secrets. Each has at least four
// letters, so that it is very unlikely between slashes in a random value.
func isPathWord(s string) bool {
	lower := strings.ToLower(s)
	if s[1:] != lower[1:] && s != strings.ToUpper(s) {
		return false
	}
	switch lower {
	case "secret", "secrets", "token", "tokens", "vault", "projects", "versions", "latest", "parameters",
		"config", "configs",
		"credentials", "creds", "passwords", "namets", "production", "prod", "staging", "home", "root", "users",
		"volumes", "private",
		"proc", "workspace", "kubernetes", "apps", "data", "keys", "n8n_api_token", "n8n-api-token":
		return true
	}
	return false
}

// wordPiece is one piece of a name: letters in one case, optionally capitalized, and then digits;
// or digits.
var wordPiece = regexp.MustCompile(
	`^(\.?[a-z]+\d*|[A-Z]+\d*|[A-Z][a-z]+\d*|\d+|[nkNK]8[nsNS]|[a-z]+([A-Z][a-z]{2,})+)$`)

// isWords reports whether s consists of words, as a name does, with . _ - + between them.
func isWords(s string) bool {
	for _, piece := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("._-@ ", r) }) {
		if !wordPiece.MatchString(piece) {
			return false
		}
	}
	return strings.Trim(s, "._-@ ") != ""
}

var (
	consonants  = regexp.MustCompile(`(?i)[b-df-hj-np-tv-xz]{5}`)
	manyLetters = regexp.MustCompile(`[A-Za-z]{4,}`)
	camel       = regexp.MustCompile(`[a-z][A-Z]`)
)

// isSpeakable reports whether the letters of s could be words in names of directories and files,
// which random values hardly ever resemble.
func isSpeakable(s string) bool {
	if consonants.MatchString(s) || camel.MatchString(s) {
		return false
	}
	for _, run := range manyLetters.FindAllString(s, -1) {
		if !strings.ContainsAny(run, "aeiouyAEIOUY") {
			return false
		}
	}
	return true
}
