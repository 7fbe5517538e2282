"""Functions of installed packages, as they are: no mode is told anything about them.

Everything that is given as a float is differentiated, by factors of its value, since units differ by many orders of magnitude.
`check_derivatives` compares every mode with every other and with Richardson differences; second order is left out where the
function solves by iteration to a tolerance, or is piecewise.
"""

import importlib

import numpy as np
import pytest

from dualad.testing import check_derivatives


def package(name):
    return pytest.importorskip(name, reason=f"{name} is not installed: pip install -e '.[packages]'")


def check(f, *args, order=2, **kwargs):
    """Compare all modes of `f` in the floats among its arguments; text, integers and flags stay as they are."""
    given = {**dict(enumerate(args)), **kwargs}
    values = {k: v for k, v in given.items() if isinstance(v, (float, np.ndarray))}

    def scaled(factors):
        now = given | {k: factors[str(k)] * v for k, v in values.items()}
        positional = [now.pop(k) for k in range(len(args))]
        return f(*positional, **now)

    check_derivatives(scaled, {str(k): np.ones(np.shape(v)) if np.ndim(v) else 1.0 for k, v in values.items()},
                      order=order)


def named(package, path):
    """A function of a module of a package."""
    module, _, attribute = path.rpartition(".")
    return getattr(importlib.import_module(f"{package}.{module}"), attribute)


# ---- fluids: flow in pipes, valves and beds ----

FLUIDS = {
    "core.Reynolds": dict(V=2.5, D=0.25, rho=1.1613, mu=1.9e-5),
    "core.Prandtl": dict(Cp=1637.0, k=0.010, mu=4.61e-6),
    "core.Grashof": dict(L=0.9144, beta=0.000933, T1=178.2, rho=1.1613, mu=1.9e-5),
    "core.c_ideal_gas": dict(T=303.0, k=1.4, MW=28.96),
    "friction.Clamond": dict(Re=1e5, eD=1e-4),
    "friction.friction_factor": dict(Re=1e5, eD=1e-4),
    "friction.Haaland": dict(Re=1e5, eD=1e-4),
    "friction.Serghides_1": dict(Re=1e5, eD=1e-4),
    "friction.friction_factor_curved": dict(Re=1e5, Di=0.02, Dc=0.5),
    "fittings.contraction_round": dict(Di1=1.0, Di2=0.4, rc=0.04),
    "fittings.diffuser_conical": dict(Di1=1 / 3, Di2=1.0, angle=50.0, Re=1e6),
    "fittings.bend_rounded": dict(Di=4.020, rc=20.0, angle=30.0, Re=1e5),
    "fittings.Darby3K": dict(NPS=2.0, Re=10000.0, K1=950.0, Ki=0.25, Kd=4.0),
    "compressible.isentropic_work_compression": dict(P1=1e5, P2=1e6, T1=300.0, k=1.4, eta=0.78),
    "compressible.polytropic_exponent": dict(k=1.4, eta_p=0.78),
    "compressible.stagnation_energy": dict(V=125.0),
    "compressible.Panhandle_A": dict(D=0.340, P1=90e5, P2=20e5, L=160e3, SG=0.693, Tavg=277.15),
    "drag.Morsi_Alexander": dict(Re=200.0),
    "drag.Haider_Levenspiel": dict(Re=200.0),
    "drag.v_terminal": dict(D=7e-5, rhop=2600.0, rho=1000.0, mu=1e-3),
    "two_phase.Friedel": dict(m=0.6, x=0.1, rhol=915.0, rhog=2.67, mul=180e-6, mug=14e-6, sigma=0.0487, D=0.05, L=1.0),
    "two_phase.Lockhart_Martinelli": dict(m=0.6, x=0.1, rhol=915.0, rhog=2.67, mul=180e-6, mug=14e-6, D=0.05, L=1.0),
    "two_phase_voidage.Thom": dict(x=0.4, rhol=800.0, rhog=2.5, mul=1e-3, mug=1e-5),
    "packed_bed.Ergun": dict(dp=8e-4, voidage=0.4, vs=1e-3, rho=1e3, mu=1e-3, L=1.0),
    "packed_tower.Stichlmair_dry": dict(Vg=0.4, rhog=5.0, mug=5e-5, voidage=0.68, specific_area=260.0, C1=32.0, C2=7.0, C3=1.0, H=1.0),
    "open_flow.V_Manning": dict(Rh=0.2859, S=0.005236, n=0.03),
    "control_valve.size_control_valve_g": dict(T=433.0, MW=44.01, mu=1.4665e-4, gamma=1.30, Z=0.988, P1=680e3, P2=310e3, Q=38 / 36.0,
                                               D1=0.08, D2=0.09, d=0.05, FL=0.85, Fd=0.42, xT=0.60),
    "flow_meter.C_Reader_Harris_Gallagher": dict(D=0.07391, Do=0.0222, rho=1.165, mu=1.85e-5, m=0.12, taps="flange"),
    "geometry.V_horiz_conical": dict(D=2.7, L=10.8, a=0.675, h=0.9),
    "particle_size_distribution.pdf_lognormal": dict(d=1e-4, d_characteristic=1e-5, s=1.1),
    "numerics.horner": dict(coeffs=np.array([1.0, 3.0, -2.0]), x=0.3),
}
FIRST_ONLY = {"friction.Clamond", "friction.friction_factor", "drag.v_terminal", "control_valve.size_control_valve_g",
              "flow_meter.C_Reader_Harris_Gallagher"}


@pytest.mark.parametrize("name", FLUIDS)
def test_fluids(name):
    package("fluids")
    check(named("fluids", name), order=1 if name in FIRST_ONLY else 2, **FLUIDS[name])


def test_fluids_of_a_whole_pipe():
    """A pressure drop through several parts, and through a class that holds them."""
    fluids = package("fluids")

    def drop(V, D, roughness, angle):
        re = fluids.Reynolds(V=V, D=D, rho=1000.0, mu=1e-3)
        friction = fluids.friction_factor(Re=re, eD=roughness / D, Method="Haaland")
        k = fluids.K_from_f(fd=friction, L=100.0, D=D) + fluids.entrance_sharp() + fluids.exit_normal()
        k += 3 * fluids.bend_miter(angle=angle)
        return fluids.dP_from_K(K=k, rho=1000.0, V=V)

    check(drop, V=1.5, D=0.1, roughness=1e-4, angle=40.0)


def test_fluids_standard_atmosphere_object():
    fluids = package("fluids")

    def f(z):
        air = fluids.ATMOSPHERE_1976(z)
        return air.P * air.rho + air.mu * 1e6 + air.v_sonic

    check(f, 5000.0)


# ---- ht: heat transfer ----

HT = {
    "core.LMTD": dict(Thi=100.0, Tho=60.0, Tci=30.0, Tco=40.2),
    "conv_internal.turbulent_Gnielinski": dict(Re=1e5, Pr=1.2, fd=0.0185),
    "conv_internal.turbulent_Dittus_Boelter": dict(Re=1e5, Pr=1.2),
    "conv_internal.laminar_entry_Seider_Tate": dict(Re=1e3, Pr=1.2, L=1.3, Di=1e-2, mu=1e-3, mu_w=1.2e-3),
    "conv_external.Nu_cylinder_Churchill_Bernstein": dict(Re=6071.0, Pr=0.7),
    "conv_free_immersed.Nu_sphere_Churchill": dict(Pr=0.7, Gr=1e7),
    "conv_free_immersed.Nu_vertical_plate_Churchill": dict(Pr=0.69, Gr=2.63e9),
    "boiling_nucleic.Rohsenow": dict(rhol=957.854, rhog=0.595593, mul=2.79e-4, kl=0.680, Cpl=4217.0, Hvap=2.257e6, sigma=0.0589,
                                     Te=4.9, Csf=0.011, n=1.26),
    "boiling_flow.Chen_Edelstein": dict(m=0.106, x=0.2, D=0.0212, rhol=567.0, rhog=18.09, mul=156e-6, mug=7.11e-6, kl=0.086,
                                        Cpl=2730.0, Hvap=2e5, sigma=0.02, dPsat=1e5, Te=3.0),
    "condensation.Nusselt_laminar": dict(Tsat=370.0, Tw=350.0, rhog=7.0, rhol=585.0, kl=0.091, mul=158.9e-6, Hvap=776900.0, L=0.1),
    "hx.effectiveness_from_NTU": dict(NTU=5.0, Cr=0.7, subtype="counterflow"),
    "hx.NTU_from_effectiveness": dict(effectiveness=0.5, Cr=0.7, subtype="parallel"),
    "hx.temperature_effectiveness_TEMA_J": dict(R1=0.35, NTU1=1.0, Ntp=2),
    "radiation.blackbody_spectral_radiance": dict(T=800.0, wavelength=4e-6),
    "conduction.R_cylinder": dict(Di=0.9, Do=1.0, k=20.0, L=10.0),
}


@pytest.mark.parametrize("name", HT)
def test_ht(name):
    package("ht")
    check(named("ht", name), **HT[name])


# ---- iapws: water and steam; the class computes everything when it is made ----

STEAM = {"region 1, enthalpy": (dict(T=300.0, P=3.0), "h"), "region 1, sound": (dict(T=350.0, P=10.0), "w"),
         "region 2, entropy": (dict(T=700.0, P=2.0), "s"), "region 2, heat capacity": (dict(T=600.0, P=1.0), "cp"),
         "region 5, density": (dict(T=1500.0, P=5.0), "rho"), "saturated, enthalpy": (dict(T=400.0, x=0.3), "h"),
         "viscosity": (dict(T=500.0, P=2.0), "mu"), "conductivity": (dict(T=400.0, P=3.0), "k"),
         "surface tension": (dict(T=400.0, x=0.5), "sigma")}


@pytest.mark.parametrize("name", STEAM)
def test_iapws(name):
    iapws = package("iapws")
    at, what = STEAM[name]
    check(lambda **at: getattr(iapws.IAPWS97(**at), what), order=1 if "sound" in name else 2, **at)


# ---- psychrolib: moist air; two of these are solved by bisection or Newton's method ----

AIR = {"GetMoistAirEnthalpy": (30.0, 0.01), "GetMoistAirDensity": (30.0, 0.01, 1e5), "GetSatVapPres": (25.0,),
       "GetHumRatioFromTWetBulb": (30.0, 20.0, 101325.0), "GetHumRatioFromRelHum": (30.0, 0.4, 101325.0),
       "GetTDewPointFromVapPres": (20.0, 1500.0), "GetStandardAtmPressure": (1000.0,), "GetRelHumFromTDewPoint": (30.0, 15.0)}


@pytest.mark.parametrize("name", AIR)
def test_psychrolib(name):
    psychrolib = package("psychrolib")
    psychrolib.SetUnitSystem(psychrolib.SI)
    check(getattr(psychrolib, name), *AIR[name], order=1 if name == "GetTDewPointFromVapPres" else 2)


# ---- numpy-financial, seawater, ambiance, geographiclib ----

MONEY = {"npv": (0.05, np.array([-100.0, 30.0, 50.0, 60.0])), "fv": (0.05 / 12, 120, -100.0, -100.0), "pv": (0.05 / 12, 120, -100.0, 15692.93),
         "pmt": (0.075 / 12, 180, 200000.0), "nper": (0.07 / 12, -150.0, 8000.0), "ipmt": (0.0824 / 12, 3, 12, 2500.0),
         "ppmt": (0.0824 / 12, 3, 12, 2500.0), "mirr": (np.array([-100.0, 39.0, 59.0, 55.0, 20.0]), 0.06, 0.08)}


@pytest.mark.parametrize("name", MONEY)
def test_numpy_financial(name):
    financial = package("numpy_financial")
    check(getattr(financial, name), *MONEY[name])


SEA = {"dens": (35.0, 10.0, 1000.0), "pden": (35.0, 10.0, 1000.0, 500.0), "ptmp": (35.0, 10.0, 1000.0), "cp": (35.0, 10.0, 1000.0),
       "svel": (35.0, 10.0, 1000.0), "alpha": (35.0, 10.0, 1000.0), "adtg": (35.0, 10.0, 1000.0), "fp": (35.0, 1000.0),
       "pres": (2000.0, 45.0)}


@pytest.mark.parametrize("name", SEA)
def test_seawater(name):
    check(getattr(package("seawater"), name), *SEA[name])


@pytest.mark.parametrize("name", ["temperature", "pressure", "density", "speed_of_sound", "dynamic_viscosity", "grav_accel"])
def test_ambiance(name):
    ambiance = package("ambiance")
    check(lambda h: getattr(ambiance.Atmosphere(h), name), np.array([1000.0, 15000.0, 25000.0]))


def test_geographiclib_distance_and_azimuths():
    geodesic = package("geographiclib.geodesic")

    def f(x):
        found = geodesic.Geodesic.WGS84.Inverse(*x)
        return np.array([found["s12"], found["azi1"], found["azi2"]])

    check_derivatives(f, np.array([-41.32, 174.81, 40.96, -5.50]))


def test_geographiclib_end_of_a_path():
    geodesic = package("geographiclib.geodesic")

    def f(x):
        found = geodesic.Geodesic.WGS84.Direct(*x)
        return [found["lat2"], found["lon2"]]

    check_derivatives(f, np.array([40.6, -73.8, 51.0, 5500e3]))


def test_there_are_sixty():
    assert sum(map(len, (FLUIDS, HT, STEAM, AIR, MONEY, SEA))) + 6 + 2 >= 60
