package fixture

func race(work []func()) {
	done := make(chan bool) // want concurrency
	for _, f := range work {
		go f() // want concurrency
	}
	select { // want concurrency
	case <-done:
	default:
	}
}
