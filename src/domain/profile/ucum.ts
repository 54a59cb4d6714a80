/**
 * Whether a code is a unit of UCUM (unitsofmeasure.org): its grammar, case sensitive, over the symbols of ucum-essence 1.9
 * (2013-10-21), which the official validator takes too. Pure.
 */

const PREFIXES = 'Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti'.split(' ')
/** Units that take a prefix. */
const METRIC = new Set(
  (
    'm s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV pc [c] [h] [k] [eps_0] ' +
    '[mu_0] [e] [m_e] [m_p] [G] [g] [ly] gf Ky Gal dyn erg P Bi St Mx G Oe Gb sb Lmb ph Ci R RAD REM cal_[15] cal_[20] ' +
    'cal_m cal_IT cal_th cal tex m[H2O] m[Hg] eq osm g% kat U [iU] [IU] Np B B[SPL] B[V] B[mV] B[uV] B[W] B[kW] st mho ' +
    'bit By Bd'
  ).split(' '),
)
const OTHERS = new Set(
  (
    "1 10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] gon deg ' '' min h d a_t a_j a_g a wk mo_s mo_j mo_g mo AU atm [lbf_av] " +
    '[in_i] [ft_i] [yd_i] [mi_i] [fth_i] [nmi_i] [kn_i] [sin_i] [sft_i] [syd_i] [cin_i] [cft_i] [cyd_i] [bf_i] [cr_i] ' +
    '[mil_i] [cml_i] [hd_i] [ft_us] [yd_us] [in_us] [rd_us] [ch_us] [lk_us] [rch_us] [rlk_us] [fth_us] [fur_us] [mi_us] ' +
    '[acr_us] [srd_us] [smi_us] [sct] [twp] [mil_us] [in_br] [ft_br] [rd_br] [ch_br] [lk_br] [fth_br] [pc_br] [yd_br] ' +
    '[mi_br] [nmi_br] [kn_br] [acr_br] [gal_us] [bbl_us] [qt_us] [pt_us] [gil_us] [foz_us] [fdr_us] [min_us] [crd_us] ' +
    '[bu_us] [gal_wi] [pk_us] [dqt_us] [dpt_us] [tbs_us] [tsp_us] [cup_us] [foz_m] [cup_m] [tsp_m] [tbs_m] [gal_br] ' +
    '[pk_br] [bu_br] [qt_br] [pt_br] [gil_br] [foz_br] [fdr_br] [min_br] [gr] [lb_av] [oz_av] [dr_av] [scwt_av] ' +
    '[lcwt_av] [ston_av] [lton_av] [stone_av] [pwt_tr] [oz_tr] [lb_tr] [sc_ap] [dr_ap] [oz_ap] [lb_ap] [oz_m] [lne] ' +
    '[pnt] [pca] [pnt_pr] [pca_pr] [pied] [pouce] [ligne] [didot] [cicero] [degF] [degR] [Cal] [Btu_39] [Btu_59] ' +
    "[Btu_60] [Btu_m] [Btu_IT] [Btu_th] [Btu] [HP] [den] [in_i'H2O] [in_i'Hg] [PRU] [wood'U] [diop] [p'diop] %[slope] " +
    "[mesh_i] [Ch] [drp] [hnsf'U] [MET] [hp'_X] [hp'_C] [hp'_M] [hp'_Q] [hp_X] [hp_C] [hp_M] [hp_Q] [kp_X] [kp_C] " +
    "[kp_M] [kp_Q] [pH] [S] [HPF] [LPF] [arb'U] [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] " +
    "[smgy'U] [bdsk'U] [ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [BAU] [AU] " +
    "[Amb'a'1'U] [PNU] [Lf] [D'ag'U] [FEU] [ELU] [EU] Ao b att [psi] circ sph [car_m] [car_Au] [smoot] bit_s"
  ).split(' '),
)

/** An operator, a bracket, an annotation, a number, or a symbol with its exponent. */
const TOKEN =
  /([/.()])|(\{[ -z|~]*\})|([+-]?\d+(?![A-Za-z[\]%*^'_\d]))|((?:[A-Za-z%*^'"_]|\d(?=[\d*^])|\[[^\][{}]*\])+)([+-]?\d+)?/y

function isSymbol(symbol: string): boolean {
  if (METRIC.has(symbol) || OTHERS.has(symbol)) return true
  return PREFIXES.some((prefix) => symbol.startsWith(prefix) && METRIC.has(symbol.slice(prefix.length)))
}

/**
 * Judges a unit from left to right. A factor is a number, a symbol, an annotation or a unit in brackets; an operator stands
 * between two of them, but an annotation may follow a factor at once, and a `/` may stand before one.
 */
export function isUcumUnit(unit: string): boolean {
  let depth = 0
  let isFactorDue = true
  for (let at = 0; at < unit.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(unit)
    if (token === null) return false
    const [, mark, annotation, number, symbol] = token
    if (annotation !== undefined) isFactorDue = false
    else if (mark === '/') isFactorDue = true
    else if (mark === '.' || mark === ')') {
      if (isFactorDue) return false
      if (mark === ')' && --depth < 0) return false
      isFactorDue = mark === '.'
    } else if (!isFactorDue) return false
    else if (mark === '(') depth += 1
    else {
      if (number === undefined && (symbol === undefined || !isSymbol(symbol))) return false
      isFactorDue = false
    }
  }
  return depth === 0 && !isFactorDue
}
