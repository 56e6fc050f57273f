package webhook

// What the tests of this package look at from outside.
var (
	Backoff    = backoff
	RetryAfter = retryAfter
	Delays     = delays
)

// Parallel is parallel.
const Parallel = parallel
