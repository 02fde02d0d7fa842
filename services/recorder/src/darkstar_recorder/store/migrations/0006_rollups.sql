-- Local days in sums. Derived; worked out anew where slots or prices have changed.
CREATE TABLE daily (
    day DATE PRIMARY KEY,
    start_at TIMESTAMP NOT NULL, end_at TIMESTAMP NOT NULL,  -- of the local day
    expected_slots INTEGER NOT NULL, known_slots INTEGER NOT NULL,
    load_kwh DOUBLE, pv_kwh DOUBLE, import_kwh DOUBLE, export_kwh DOUBLE,
    charge_kwh DOUBLE, discharge_kwh DOUBLE, water_kwh DOUBLE, ev_kwh DOUBLE,
    known_load_kwh DOUBLE, known_pv_kwh DOUBLE, known_import_kwh DOUBLE, known_export_kwh DOUBLE,
    residual_kwh DOUBLE,
    cost DOUBLE, cost_without_battery DOUBLE, cost_self_consumption DOUBLE,
    planned_slots INTEGER NOT NULL, planned_cost DOUBLE, cost_where_planned DOUBLE,
    wear_cost DOUBLE,
    stored_change_kwh DOUBLE, rule_stored_change_kwh DOUBLE, stored_worth_per_kwh DOUBLE,
    cycles DOUBLE, rule_stored_kwh DOUBLE,
    made_of UBIGINT  -- of which slots and prices: another number means others
);

-- Sums by 'day', 'week', 'month' or 'year'; shares come of the sums.
CREATE MACRO rollup(span) AS TABLE
SELECT date_trunc(span, day)::DATE AS day, min(start_at) AS start, max(end_at) AS "end",
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
    greatest(0, 1 - sum(known_import_kwh) / nullif(sum(known_load_kwh), 0)) AS self_sufficiency
FROM daily GROUP BY 1;
CREATE VIEW monthly AS SELECT * FROM rollup('month');
