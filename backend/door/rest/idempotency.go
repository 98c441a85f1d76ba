package rest

import (
	"container/list"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"emitscope/backend/fault"
)

// What is remembered of requests with an Idempotency-Key.
const (
	keepAnswers = 10 * time.Minute
	maxAnswers  = 10_000
	maxKept     = 16 << 20 // bytes of keys and answers
	maxKey      = 255      // bytes of a key
)

// keyring makes it safe to send a POST again when its answer got lost: the same
// key with the same body takes nothing twice.
//
// An answer is kept for keepAnswers; when there are too many, the oldest leaves.
// A request that took a part and then hit a full lane keeps no answer but its
// progress: sent again, it goes on from there. One that took nothing leaves no
// trace.
type keyring struct {
	mu    sync.Mutex
	byKey map[string]*entry
	ended list.List // of *entry, the oldest first; those still running are not in it
	kept  int       // bytes
}

type entry struct {
	attempt
	key     string
	hash    [sha256.Size]byte // of format and body
	running bool
	until   time.Time
	place   *list.Element // in ended; nil while running
}

// attempt is what came of a request so far.
type attempt struct {
	answer reply // status 0: there is none yet
	progress
}

func newKeyring() *keyring { return &keyring{byKey: map[string]*entry{}} }

// begin returns what is known of the request. Where that is no answer, the
// caller works on, and calls end when it is done.
func (k *keyring) begin(key string, hash [sha256.Size]byte) (attempt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire(time.Now())
	e := k.byKey[key]
	switch {
	case e == nil:
		k.byKey[key] = &entry{key: key, hash: hash, running: true}
		return attempt{}, nil
	case e.hash != hash:
		return attempt{}, fault.Newf(fault.Conflict, "this Idempotency-Key was used for another body").
			WithCode("idempotency_key_reused").WithHint("use a new key for each new body")
	case e.running:
		return attempt{}, fault.Newf(fault.Conflict, "a request with this Idempotency-Key is still running").
			WithCode("idempotency_key_busy").WithHint("wait for it, then repeat yours to get its answer")
	case e.answer.status == 0:
		k.takeOut(e)
		e.running = true
	}
	return e.attempt, nil
}

// end says what came of the request. An answer with status 0 means that there
// is none.
func (k *keyring) end(key string, a attempt) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.byKey[key]
	e.running = false
	final := a.answer.status != 0 && !temporary(a.answer.status)
	if a.taken.Accepted == 0 && a.answer.status != http.StatusAccepted {
		delete(k.byKey, key)
		return
	}
	if !final {
		a.answer = reply{}
	}
	e.attempt = a
	e.until = time.Now().Add(keepAnswers)
	e.place = k.ended.PushBack(e)
	k.kept += e.size()
	for k.ended.Len() > maxAnswers || k.kept > maxKept {
		e, _ := k.ended.Front().Value.(*entry)
		k.forget(e)
	}
}

// expire forgets what has been kept long enough.
func (k *keyring) expire(now time.Time) {
	for front := k.ended.Front(); front != nil; front = k.ended.Front() {
		e, _ := front.Value.(*entry)
		if now.Before(e.until) {
			return
		}
		k.forget(e)
	}
}

func (k *keyring) forget(e *entry) {
	k.takeOut(e)
	delete(k.byKey, e.key)
}

func (k *keyring) takeOut(e *entry) {
	k.ended.Remove(e.place)
	e.place = nil
	k.kept -= e.size()
}

func (e *entry) size() int { return len(e.key) + len(e.answer.body) }

// idempotencyKey reads the header; empty means that there is none.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	ok := len(values) == 1 && key != "" && len(key) <= maxKey
	for _, c := range []byte(key) {
		ok = ok && ' ' <= c && c <= '~'
	}
	if !ok {
		return "", fault.Newf(fault.Invalid, "the Idempotency-Key is not 1 to %d printable ASCII characters", maxKey).
			WithCode("invalid_idempotency_key").WithHint("a random UUID serves well")
	}
	return key, nil
}
