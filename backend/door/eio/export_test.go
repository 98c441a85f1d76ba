package eio

// Polls reports whether a poll waits.
func (s *Session) Polls() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answer != nil
}

// Limits of the package.
const (
	ClaimTime  = claimTime
	CloseWait  = closeWait
	FlushTime  = flushTime
	MaxPackets = maxPackets
)

// CanUpgrade reports whether a WebSocket may claim the session.
func (s *Session) CanUpgrade() bool { return s.canUpgrade() }
