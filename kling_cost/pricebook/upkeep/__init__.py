"""Keep price books true: rewrite them, and make them from what sellers publish."""
