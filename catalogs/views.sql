-- The current state of a catalog, for DuckDB. Run it in the folder that holds catalogs/ (a local copy will do).
-- Rows are only ever added; these views keep the newest word on each thing. DuckDB refuses a view over files that do
-- not exist, so `oldphoto views URI` prints only the sections of the tables that a run has written.

-- table: runs
CREATE OR REPLACE VIEW runs AS
SELECT * FROM read_parquet('catalogs/runs/**/*.parquet', union_by_name = true, hive_partitioning = true);

-- table: assets
CREATE OR REPLACE VIEW assets AS
SELECT * FROM read_parquet('catalogs/assets/**/*.parquet', union_by_name = true, hive_partitioning = true);
-- One row for each photograph: what the newest run says of each object (all pages of it).
CREATE OR REPLACE VIEW current_assets AS
SELECT * FROM assets QUALIFY rank() OVER (PARTITION BY source_uri, key ORDER BY run_id DESC) = 1;

-- table: duplicates
CREATE OR REPLACE VIEW duplicates AS
SELECT * FROM read_parquet('catalogs/duplicates/**/*.parquet', union_by_name = true, hive_partitioning = true);

-- table: assets duplicates
-- One row for each photograph found to be a copy, with the one it is a copy of; not of objects replaced since.
CREATE OR REPLACE VIEW current_duplicates AS
SELECT d.* FROM duplicates d SEMI JOIN current_assets a
ON d.source_uri = a.source_uri AND d.key = a.key AND d.page IS NOT DISTINCT FROM a.page AND d.asset_id = a.asset_id
QUALIFY rank() OVER (PARTITION BY d.source_uri, d.key, d.page ORDER BY d.run_id DESC) = 1;

-- table: damage
CREATE OR REPLACE VIEW damage AS
SELECT * FROM read_parquet('catalogs/damage/**/*.parquet', union_by_name = true, hive_partitioning = true);
CREATE OR REPLACE VIEW current_damage AS
SELECT * FROM damage QUALIFY rank() OVER (PARTITION BY asset_id ORDER BY run_id DESC) = 1;

-- table: treatments
CREATE OR REPLACE VIEW treatments AS
SELECT * FROM read_parquet('catalogs/treatments/**/*.parquet', union_by_name = true, hive_partitioning = true);
CREATE OR REPLACE VIEW current_treatments AS
SELECT * FROM treatments QUALIFY rank() OVER (
    PARTITION BY asset_id, stage, CASE stage WHEN 'publish' THEN step END ORDER BY run_id DESC) = 1;
-- One row for each file that stands below derivatives/: a path whose newest row has no digest was withdrawn.
CREATE OR REPLACE VIEW derivatives AS
SELECT asset_id, stage, step, output_path, output_sha256, output_bytes, engine, weights_sha256, settings_hash,
       code_version, run_id
FROM (FROM treatments WHERE output_path IS NOT NULL
      QUALIFY row_number() OVER (PARTITION BY output_path ORDER BY run_id DESC) = 1)
WHERE output_sha256 IS NOT NULL;

-- table: style_regions
CREATE OR REPLACE VIEW style_regions AS
SELECT * FROM read_parquet('catalogs/style_regions/**/*.parquet', union_by_name = true, hive_partitioning = true);
CREATE OR REPLACE VIEW current_style_regions AS
SELECT * FROM style_regions QUALIFY rank() OVER (PARTITION BY asset_id ORDER BY run_id DESC) = 1;

-- table: references
CREATE OR REPLACE VIEW "references" AS
SELECT * FROM read_parquet('catalogs/references/**/*.parquet', union_by_name = true, hive_partitioning = true);
CREATE OR REPLACE VIEW current_references AS
SELECT * FROM "references" QUALIFY row_number() OVER (PARTITION BY source_uri, key ORDER BY run_id DESC) = 1;

-- table: films
CREATE OR REPLACE VIEW films AS
SELECT * FROM read_parquet('catalogs/films/**/*.parquet', union_by_name = true, hive_partitioning = true);

-- table: events
CREATE OR REPLACE VIEW events AS
SELECT * FROM read_parquet('catalogs/events/**/*.parquet', union_by_name = true, hive_partitioning = true);

-- table: reviews
CREATE OR REPLACE VIEW reviews AS
SELECT * FROM read_parquet('catalogs/reviews/**/*.parquet', union_by_name = true, hive_partitioning = true);
-- One row for each result that somebody decided about: the newest decision.
CREATE OR REPLACE VIEW current_reviews AS
SELECT * FROM reviews
QUALIFY row_number() OVER (PARTITION BY asset_id, output_sha256 ORDER BY run_id DESC, reviewed_at DESC) = 1;

-- table: reviews damage
-- One row for each photograph whose newest decision is a redo that no night has carried out: none has judged it since.
CREATE OR REPLACE VIEW waiting_redos AS
SELECT * FROM (FROM reviews
    QUALIFY row_number() OVER (PARTITION BY asset_id ORDER BY run_id DESC, reviewed_at DESC) = 1) r
WHERE decision = 'redo'
AND NOT EXISTS (FROM damage d WHERE d.asset_id = r.asset_id AND d.run_id > r.run_id);

-- table: assets treatments reviews
-- One row for each published result that nobody has decided about.
CREATE OR REPLACE VIEW waiting_for_review AS
SELECT a.asset_id, a.key, a.page, d.output_path, d.output_sha256, d.run_id
FROM (SELECT asset_id, key, page, status FROM current_assets WHERE status IN ('published', 'untouched')
      QUALIFY row_number() OVER (PARTITION BY asset_id ORDER BY run_id DESC, key) = 1) a
JOIN (FROM derivatives WHERE stage IN ('modernize', 'restore')
      QUALIFY row_number() OVER (PARTITION BY asset_id ORDER BY stage) = 1) d USING (asset_id)
WHERE a.status = 'published'
AND NOT EXISTS (FROM reviews r WHERE r.asset_id = a.asset_id AND r.output_sha256 = d.output_sha256);
