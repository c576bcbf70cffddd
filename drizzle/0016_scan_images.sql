-- The digests of the image that a scan looked at: the release gate asks whether this very image was scanned.
ALTER TABLE public.scan ADD COLUMN images text[] NOT NULL DEFAULT '{}'::text[];
--> statement-breakpoint
CREATE INDEX scan_images_idx ON public.scan USING gin (images) WHERE images <> '{}'::text[];
