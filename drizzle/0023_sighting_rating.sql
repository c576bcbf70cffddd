-- How each stream rates what it sees: 0 critical to 4 info, 5 where the scanner gave no rating. Null is a row of an earlier
-- version, which counts with what the finding shows.
ALTER TABLE "sighting" ADD COLUMN "rating" smallint;
--> statement-breakpoint
ALTER TABLE "sighting" ADD CONSTRAINT "sighting_rating_check" CHECK ("sighting"."rating" between 0 and 5);
