"""What has to be bought for a plan: the cheapest packs of credits, with fee and minimum."""
