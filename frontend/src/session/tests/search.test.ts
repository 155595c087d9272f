import { describe, expect, it } from "vitest";

import { search } from "../search";

const finding = (id: number, name: string, more: object = {}) => ({ id, name, code: name.toLowerCase().replaceAll(" ", "-"), ...more });
const all = [
  finding(1, "Lung opacity"), finding(2, "Enlarged cardiomediastinum"), finding(3, "Pleural effusion", { synonyms: ["Erguss", "fluid"] }),
  finding(4, "Pneumothorax", { scheme_code: "RID5352" }), finding(5, "Pleural other"), finding(6, "Cardiomegaly", { definition: "Heart wider than half the thorax." }),
];
const ids = (typed: string): number[] => search(all, typed).map(({ finding }) => finding.id);

describe("search for a finding", () => {
  it("finds all before anything is typed, in the form's order", () => {
    expect(ids(" ")).toEqual([1, 2, 3, 4, 5, 6]);
  });
  it("prefers names that begin so, then words that do", () => {
    expect(ids("p")).toEqual([3, 4, 5]);
    expect(ids("card")).toEqual([6, 2]);
    expect(ids("opa")).toEqual([1]);
  });
  it("knows codes, synonyms and initials, and says by which it was found", () => {
    expect(search(all, "ergu")[0]).toMatchObject({ finding: { id: 3 }, by: "Erguss" });
    expect(search(all, "rid53")[0]).toMatchObject({ finding: { id: 4 }, by: "RID5352" });
    expect(ids("ple eff")).toEqual([3]);
    expect(ids("lo")[0]).toBe(1);
  });
  it("looks into definitions last, and not for a few letters", () => {
    expect(ids("thorax")).toEqual([4, 6]);
    expect(ids("half")).toEqual([6]);
    expect(ids("zzz")).toEqual([]);
  });
  it("ignores accents, case and hyphens", () => {
    expect(search([finding(9, "Épanchement pleural")], "epan")).toHaveLength(1);
    expect(search([finding(9, "Ground-glass opacity")], "GROUND GLASS")).toHaveLength(1);
  });
});
