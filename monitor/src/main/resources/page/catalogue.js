// Which metrics are drawn together. What each means comes from the monitor (/api/glossary).

/** Columns of the fleet; the level is where a run counts as collapsed. */
export const COLUMNS = [
  { metric: "nc0_relative", label: "NC0", level: 0.01, curve: true },
  { metric: "nc1", label: "NC1", level: 0.05, curve: true },
  { metric: "nc2_etf_means", label: "NC2", level: 0.3 },
  { metric: "nc3", label: "NC3", level: 0.35 },
  { metric: "nc4", label: "NC4" },
];

/** Panels of a run, of its progress reports. */
export const PROGRESS_PANELS = [
  { title: "Loss", log: true, series: [["loss", "training loss"]] },
  { title: "Accuracy", series: [["accuracy", "training accuracy"]] },
  { title: "Learning rate", log: true, series: [["learning_rate", "learning rate"]] },
];

/** Panels of a layer; one without any value is left out. */
export const LAYER_PANELS = [
  { title: "NC0: row sum of the classifier", log: true, note: "forecast",
    series: [["nc0", "measured"], ["nc0_forecast", "forecast", { dash: true }]] },
  { title: "NC0, relative", log: true, level: 0.01, series: [["nc0_relative", "NC0 relative"]] },
  { title: "NC1: variability", log: true, level: 0.05,
    series: [["nc1", "NC1"], ["nc1_quotient", "quotient"], ["cdnv", "CDNV"], ["tcv_relative", "relative TCV"]] },
  { title: "NC2: distance from the simplex ETF", log: true, level: 0.3,
    series: [["nc2_etf_means", "means"], ["nc2_etf_weights", "weights"], ["nc2_equinorm_means", "equinorm, means"],
      ["nc2_equiangular_means", "equiangular, means"]] },
  { title: "NC3: self-duality", log: true, level: 0.35,
    series: [["nc3", "NC3"], ["nc3_floor", "floor that NC0 sets", { dash: true }], ["nc3_etf", "ETF variant"]] },
  { title: "NC4: nearest class centre", series: [["nc4", "NC4"], ["error_rate", "error rate"]] },
  { title: "Cosines", series: [["intra_class_cosine", "within classes"], ["inter_class_cosine", "between classes"]] },
  { title: "Norms", log: true,
    series: [["feature_norm", "features"], ["frobenius_norm", "weights, Frobenius"], ["spectral_norm", "weights, spectral"]] },
  { title: "Rank of the weights",
    series: [["stable_rank", "stable"], ["effective_rank", "effective"], ["numerical_rank", "numerical"]] },
  { title: "Distance to rank K", log: true,
    series: [["rank_k_distance_relative", "relative distance"], ["low_rank_ratio", "λ·distance/TCV"]] },
  { title: "MSE loss, decomposed", log: true,
    series: [["mse_loss_nc1", "NC1 part"], ["mse_loss_nc23", "NC2, NC3 part"], ["mse_loss_perp", "off the central path"]] },
  { title: "Signal to noise", log: true, series: [["snr_min", "smallest"], ["snr_max", "largest"]] },
];

/** Panels of a comparison: one metric each, a curve per run. */
export const COMPARED = [
  { title: "NC0, relative", log: true, level: 0.01, metric: "nc0_relative" },
  { title: "NC1: variability", log: true, level: 0.05, metric: "nc1" },
  { title: "NC2: ETF distance of the means", log: true, level: 0.3, metric: "nc2_etf_means" },
  { title: "NC3: self-duality", log: true, level: 0.35, metric: "nc3" },
  { title: "NC4: nearest class centre", metric: "nc4" },
  { title: "Loss", log: true, metric: "loss", progress: true },
];
