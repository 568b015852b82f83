import java.io.*;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.*;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.*;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;
import org.verapdf.pdfa.Foundries;

/** Prints one line for each file and profile, and one for each broken rule. */
public class Verapdf {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files)
            for (PDFAFlavour flavour : new PDFAFlavour[] {PDFAFlavour.PDFA_3_A, PDFAFlavour.PDFUA_1})
                try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), flavour);
                     PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                    ValidationResult result = validator.validate(parser);
                    System.out.println(flavour.getId() + "\t" + (result.isCompliant() ? "pass" : "fail") + "\t" + result.getTotalAssertions() + "\t" + file);
                    for (TestAssertion each : result.getTestAssertions())
                        if (each.getStatus() == TestAssertion.Status.FAILED)
                            System.out.println("\t" + each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber() + "\t" + each.getMessage() + "\t" + each.getLocation().getContext());
                }
    }
}
