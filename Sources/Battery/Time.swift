// Whoever speaks of batteries speaks of moments: one import brings both.
@_exported public import Time
