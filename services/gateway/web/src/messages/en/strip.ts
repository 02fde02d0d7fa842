export const strip = {
  keys: "Left and right arrow keys go from one time to the next.",
};
