"""What the controller and the authorities of projects answer, over secure channels only."""
