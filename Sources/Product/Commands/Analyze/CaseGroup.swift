import JSON

/// What the product computes for one file of reference cases. One type, one file, one line in
/// ``CaseGroups``.
protocol CaseGroup: Sendable {
    /// The name of the file without `.json`: `rr_time`.
    var name: String { get }

    /// Computes the case: a value of the shape of its `expected`. Members that `expected` does not have are
    /// not compared; a member that is missing here is a difference.
    func evaluate(_ reference: ReferenceCase) throws -> JSONValue

    /// How far a field may be off. The standard follows the index of the cases: see ``Tolerance``.
    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance

    /// Every difference between the case and what the product computes. Only groups whose cases state
    /// limits instead of values have their own.
    func check(_ reference: ReferenceCase) throws -> [Difference]
}

extension CaseGroup {
    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance {
        Tolerance(of: field, stated: reference.tolerance)
    }

    func check(_ reference: ReferenceCase) throws -> [Difference] {
        var comparison = Comparison { tolerance(of: $0, in: reference) }
        comparison.compare(reference.expected, try evaluate(reference))
        return comparison.differences
    }
}

/// Every group that the product can compute.
enum CaseGroups {
    static let all: [any CaseGroup] = [
        AlertCases(),
        CriticalPowerCases(),
        DayLoadCases(),
        DecouplingCases(),
        DetectorCases(),
        DFAAlpha1Cases(),
        DistanceCases(),
        EnergyCases(),
        FilterExactCases(),
        FormSeriesCases(),
        H10ExternalCases(),
        HeartRateLoadCases(),
        HeartRateModelCases(),
        MetabolicPowerCases(),
        PerformanceCases(),
        PhysiologicalStrainCases(),
        PowerSummaryCases(),
        ReadinessCases(),
        RespirationCases(),
        RRArtefactCases(),
        RRLiveCases(),
        RRRulesCases(),
        RRTimeCases(),
        RunLengthCases(),
        SmoothingCases(),
        SpringMassCases(),
        TeamFieldCases(),
        WorkBalanceCases(),
    ]
}
