package fixture

func inOrder(work []func() error) error {
	for _, f := range work {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}
