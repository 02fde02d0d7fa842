-- What past days would have cost had all been known, and what became of notifications.
CREATE TABLE hindsight (
    day DATE PRIMARY KEY, message_id UUID NOT NULL, noted_at TIMESTAMP NOT NULL,
    slots INTEGER NOT NULL, currency VARCHAR NOT NULL,
    cost DOUBLE NOT NULL, wear_cost DOUBLE NOT NULL, status VARCHAR NOT NULL, gap DOUBLE NOT NULL
);
CREATE TABLE notification_delivery (
    notification_id UUID NOT NULL, destination VARCHAR NOT NULL, emitted_at TIMESTAMP NOT NULL,
    delivered BOOLEAN NOT NULL, attempts INTEGER NOT NULL, reason VARCHAR NOT NULL,
    PRIMARY KEY (notification_id, destination)
);

-- Sums of days say beside the best there was what these same days did cost, with and without a battery.
DROP VIEW monthly;
DROP MACRO TABLE rollup;
CREATE MACRO rollup(span, days) AS TABLE
SELECT CASE span WHEN 'total' THEN min(day)
        ELSE min(date_trunc(CASE span WHEN 'total' THEN 'day' ELSE span END, day)::DATE) END AS day,
    min(start_at) AS start, max(end_at) AS "end",
    count(*) AS days,
    sum(expected_slots)::INTEGER AS expected_slots, sum(known_slots)::INTEGER AS known_slots,
    sum(load_kwh) AS load_kwh, sum(pv_kwh) AS pv_kwh,
    sum(import_kwh) AS import_kwh, sum(export_kwh) AS export_kwh,
    sum(charge_kwh) AS charge_kwh, sum(discharge_kwh) AS discharge_kwh,
    sum(water_kwh) AS water_kwh, sum(ev_kwh) AS ev_kwh, sum(residual_kwh) AS residual_kwh,
    sum(cost) AS cost, sum(cost_without_battery) AS cost_without_battery,
    sum(cost_self_consumption) AS cost_self_consumption,
    sum(planned_slots)::INTEGER AS planned_slots, sum(planned_cost) AS planned_cost,
    sum(cost_where_planned) AS cost_where_planned,
    sum(wear_cost) AS wear_cost, sum(stored_change_kwh) AS stored_change_kwh,
    sum(stored_change_kwh * stored_worth_per_kwh) AS stored_worth,
    sum(cost_without_battery) - sum(cost) AS saved,
    sum(cost_without_battery) - sum(cost) + sum(stored_change_kwh * stored_worth_per_kwh)
        AS saved_with_stored,
    sum(cost_self_consumption) - sum(cost) AS saved_by_planning,
    sum(cost_self_consumption) - sum(cost)
        + sum((stored_change_kwh - rule_stored_change_kwh) * stored_worth_per_kwh)
        AS saved_by_planning_with_stored,
    sum(cycles) AS cycles,
    greatest(0, 1 - sum(known_export_kwh) / nullif(sum(known_pv_kwh), 0)) AS self_consumption,
    greatest(0, 1 - sum(known_import_kwh) / nullif(sum(known_load_kwh), 0)) AS self_sufficiency,
    CASE span WHEN 'day' THEN any_value(label) END AS label,
    count(*) FILTER (label = 'clean') AS clean_days,
    count(*) FILTER (label = 'mask_battery') AS masked_days,
    count(*) FILTER (label = 'exclude') AS excluded_days,
    count(foresight_cost) FILTER (cost IS NOT NULL) AS foresight_days,
    sum(foresight_cost) FILTER (cost IS NOT NULL) AS cost_perfect_foresight,
    sum(foresight_wear) FILTER (cost IS NOT NULL) AS wear_cost_perfect_foresight,
    sum(cost) FILTER (foresight_cost IS NOT NULL) AS cost_where_foresight,
    sum(cost_without_battery) FILTER (foresight_cost IS NOT NULL AND cost IS NOT NULL)
        AS cost_without_battery_where_foresight
FROM query_table(days) LEFT JOIN day_quality USING (day) LEFT JOIN (
    SELECT day, cost AS foresight_cost, wear_cost AS foresight_wear FROM hindsight
) USING (day)
GROUP BY date_trunc(CASE span WHEN 'total' THEN 'millennium' ELSE span END, day);
CREATE VIEW monthly AS SELECT * FROM rollup('month', 'daily');
