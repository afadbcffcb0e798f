"""What a data set holds that its user should know of before training: numbers only, no drawing."""
